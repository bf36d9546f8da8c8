"""What stops a start, told in one sentence."""

from __future__ import annotations


class Unusable(Exception):
    """A database or a setting cannot be used; the CLI prints the sentence without a trace."""
