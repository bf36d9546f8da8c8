"""The conversations' part of the API: doors. Each finds things through the person asking and calls a verb."""

from kefu.conversations.api import around, conversations, files, messages

routers = [conversations.router, messages.router, files.router, around.router]
