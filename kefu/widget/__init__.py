"""The embeddable chat: launcher, frame and full page."""
