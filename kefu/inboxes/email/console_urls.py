"""What the console's pages have for mail. The settings of mailboxes have addresses of their own."""

from __future__ import annotations

from django.urls import path

from kefu.inboxes.email import composer_views, new_mail_views
from kefu.inboxes.email import letter_views as letters

MAIL = "console/mail/<int:message_id>/"

urlpatterns = [
    path("console/c/<uuid:conversation_id>/mail", composer_views.said, name="conversation-mail"),
    path("console/mail/new", new_mail_views.new_mail, name="new-mail"),
    path(MAIL, letters.letter, name="letter"),
    path(f"{MAIL}html", letters.letter_html, name="letter-html"),
    path(f"{MAIL}original", letters.original, name="letter-original"),
    path(f"{MAIL}recipients", letters.recipients, name="mail-recipients"),
    path(f"{MAIL}delivery", letters.delivery, name="mail-delivery"),
]
