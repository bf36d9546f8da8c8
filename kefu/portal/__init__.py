"""What a customer sees on the web."""
