"""The console's addresses. What is live stands beside Django, under /live/console/."""

from __future__ import annotations

from django.urls import path

from kefu.conversations.views import customers, desk, files, own, searching, verbs

C = "console/c/<uuid:conversation_id>/"

urlpatterns = [
    path("console/", desk.console, name="console"),
    path("console/search", searching.found, name="console-search"),
    path("console/keys", desk.all_keys, name="console-keys"),
    path("console/preferences", own.preferences, name="console-preferences"),
    path("console/files", files.upload, name="console-upload"),
    path("console/files/<uuid:file_id>", files.file, name="console-file"),
    path("files/<str:ticket>", files.by_ticket, name="file"),
    path("console/k/<int:number>", desk.by_number, name="conversation-by-number"),
    path(C, desk.conversation, name="conversation"),
    path(f"{C}messages", desk.messages, name="conversation-messages"),
    path(f"{C}again", desk.again, name="conversation-again"),
    path(f"{C}said", verbs.said, name="conversation-said"),
    path(f"{C}solution", verbs.solution, name="conversation-solution"),
    path(f"{C}opening", verbs.opening, name="conversation-opening"),
    path(f"{C}hold", verbs.hold, name="conversation-hold"),
    path(f"{C}wait", verbs.waiting_for_customer, name="conversation-wait"),
    path(f"{C}closing", verbs.closing, name="conversation-closing"),
    path(f"{C}follow-up", verbs.follow_up, name="conversation-follow-up"),
    path(f"{C}assignment", verbs.assignment, name="conversation-assignment"),
    path(f"{C}hand-over", verbs.hand_over, name="conversation-hand-over"),
    path(f"{C}priority", verbs.priority, name="conversation-priority"),
    path(f"{C}subject", verbs.subject, name="conversation-subject"),
    path(f"{C}fields", verbs.fields, name="conversation-fields"),
    path(f"{C}tags", verbs.tags, name="conversation-tags"),
    path(f"{C}tags/<uuid:tag_id>", verbs.tag, name="conversation-tag"),
    path(f"{C}customer", customers.customer, name="conversation-customer"),
    path(f"{C}identities/<uuid:identity_id>", customers.reveal, name="identity-reveal"),
]
