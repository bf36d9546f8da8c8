"""Finding and masking what should not be said."""
