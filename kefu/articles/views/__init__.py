"""What the desk sees of its help centre."""
