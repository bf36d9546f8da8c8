"""Service hours: when an inbox is open and when it opens next."""
