"""Inboxes, conversations, messages and posting; the console that agents work in."""
