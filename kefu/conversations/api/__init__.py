"""The conversations' part of the API: doors. Each finds things through the person asking and calls a verb."""

from kefu.conversations.api import around, conversations, customers, files, messages

routers = [conversations.router, messages.router, customers.router, files.router, around.router]
