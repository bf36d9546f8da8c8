"""Which signature stands below a mail: the agent's own, else that of the team that answers, else the mailbox's.

The one home of that choice: mails, the composer and previews ask here.
"""

from __future__ import annotations

from django.template.defaultfilters import linebreaksbr
from django.utils.safestring import SafeString

from kefu.conversations.models import Conversation
from kefu.inboxes.email import marks
from kefu.inboxes.email.settings import MailSettings
from kefu.inboxes.stored import Words
from kefu.lib.html import clean_html, linkify
from kefu.people.models import Staff


def signature(conversation: Conversation, settings: MailSettings, *, by: Staff | None, language: str) -> str:
    """With the few marks of ``marks``. ``by`` is None for what the desk says by itself.

    One's own stands as it was written, name and all; above the others stands the name of whoever answers.
    """
    own = Words(**by.signature).said_in(language) if by else ""
    if own:
        return own
    words = Words(**conversation.team.signature).said_in(language) or settings.signature.said_in(language)
    return "\n".join(part for part in (by.alias if by else "", words) if part)


def html_of(signature: str) -> SafeString:
    marked = marks.html_of(signature)
    return clean_html(marked) if marked else linebreaksbr(linkify(signature))
