"""Live chat: visitors, their proof of identity, the form before a chat, the live way in."""
