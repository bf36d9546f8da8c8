"""What an admin does with a mailbox: open it, change it, try whether its servers answer, look after what is stuck."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings as server_settings
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.forms import ValidationError
from django.utils.translation import gettext as _

from kefu.conversations.models import Inbox, InboxKind
from kefu.database import limits
from kefu.events import era, log
from kefu.events.actors import Actor
from kefu.hours.models import Schedule
from kefu.inboxes import flows
from kefu.inboxes.email import fetching, oauth
from kefu.inboxes.email.connecting import Unreachable
from kefu.inboxes.email.models import MailAddress, OutgoingMail, ReceivedMail
from kefu.inboxes.email.sending import retry
from kefu.inboxes.email.settings import MailSecrets, MailSettings, SignIn
from kefu.inboxes.email.testmail import send_test
from kefu.inboxes.email.transports import Refused as RefusedByServer
from kefu.inboxes.email.troubles import said
from kefu.inboxes.stored import BadSettings
from kefu.lib.ids import secret_token
from kefu.people.models import Refused, Staff, Team

MOST_ADDRESSES = 20
TESTS, TEST_SECONDS = 6, 60
FLOOR = 1.5  # seconds that a failed test takes at least, so that its length tells nothing about our network
SECRETS = ("imap_password", "smtp_password", "client_secret", "refresh_token", "provider_key")


class NotAnAddress(ValueError):
    """The text is a sentence for the admin."""


def address_from(text: str) -> str:
    """One of the desk's own, in small letters. What stands behind a plus sign is for us to choose."""
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError as problem:
        raise NotAnAddress(_("“%(text)s” is not an e-mail address.") % {"text": text[:80]}) from problem
    if "+" in address or len(address) > 254 or not address.isascii():
        raise NotAnAddress(
            _("“%(text)s” cannot be used here: write it in Latin letters, without a plus sign.")
            % {"text": text[:80]}
        )
    return address


def open_mailbox(
    *,
    team: Team,
    name: str,
    language: str,
    schedule: Schedule | None,
    addresses: Iterable[str],
    by: Actor,
    change: Callable[[MailSettings], MailSettings] = lambda settings: settings,
    secrets: Mapping[str, str] | None = None,
) -> Inbox:
    """Of the team's brand; the first of ``addresses`` is what customers see. Raises ``Refused``, ``BadSettings``."""
    inbox = Inbox(
        brand_id=team.brand_id,
        team=team,
        kind=InboxKind.EMAIL,
        name=name,
        language=language,
        schedule=schedule,
    )
    flows.same_brand(inbox)
    with flows.one_of_that_name(), transaction.atomic():
        inbox.save()
        change(MailSettings()).save(inbox)
        if given := _given(secrets or {}):
            MailSecrets.change(inbox, **given)
        _answer_to(inbox, addresses)
        log.audit("inbox.opened", inbox, by=by)
    return inbox


def change(
    inbox: Inbox,
    *,
    team: Team,
    name: str,
    language: str,
    schedule: Schedule | None,
    addresses: Iterable[str],
    by: Actor,
) -> None:
    """What every inbox has, and the mailbox's addresses."""
    with flows.one_of_that_name(), transaction.atomic():
        flows.locked(inbox)
        inbox.team, inbox.name, inbox.language, inbox.schedule = team, name, language, schedule
        flows.same_brand(inbox)
        inbox.save(update_fields=["team", "name", "language", "schedule"])
        _answer_to(inbox, addresses)
        log.audit("inbox.changed", inbox, by=by)


@transaction.atomic
def settle(
    inbox: Inbox,
    change: Callable[[MailSettings], MailSettings],
    *,
    secrets: Mapping[str, str] | None = None,
    by: Actor,
) -> None:
    """``change`` is given what is stored under the lock. Empty secrets leave those that are there, unless the server
    that they were for is another one now: nobody shall be sent what was meant for somebody else.

    Raises ``BadSettings``.
    """
    before = MailSettings.of(flows.locked(inbox))
    after, given = change(before), _given(secrets or {})
    after.save(inbox)
    replaced = _outdated(before, after) | given
    if replaced:
        MailSecrets.change(inbox, **replaced)
    if after != before or replaced:
        log.audit("inbox.changed", inbox, by=by, secrets=sorted(given))


def take_tokens(inbox: Inbox, code: str, *, back: str, verifier: str, by: Actor) -> None:
    """What its owner allowed at the provider. Raises ``Unreachable``, and then nothing is changed."""
    found = oauth.tokens_for(inbox, code, back=back, verifier=verifier)
    with transaction.atomic():
        MailSecrets.change(inbox, **found)
        log.audit("inbox.changed", inbox, by=by, secrets=["refresh_token"])


@transaction.atomic
def renew_webhook_secret(inbox: Inbox, *, by: Actor) -> str:
    """Shown this once; the one before it is no longer believed."""
    secret = secret_token()
    MailSecrets.change(inbox, webhook_secret=secret)
    log.audit("inbox.secret_renewed", inbox, by=by)
    return secret


# -- whether it works


def try_way_in(inbox: Inbox, *, by: Staff) -> str:
    """Sign in and look for the folders. The answer is "" or what is wrong, in a sentence. Raises ``Refused``."""
    _within_limit(by)
    log.audit("inbox.tested", inbox, by=by, how="in")
    return _evenly(lambda: _look_for_folders(inbox))


def try_way_out(inbox: Inbox, *, by: Staff) -> str:
    """Send a mail to the address of who asks. The answer is "" or what is wrong. Raises ``Refused``."""
    _within_limit(by)
    if not era.may_send():
        raise Refused(_("This copy of the desk sends nothing until an admin confirms it."))
    log.audit("inbox.tested", inbox, by=by, how="out")
    return _evenly(lambda: _send_test(inbox, by))


def _within_limit(by: Staff) -> None:
    if not limits.hit(f"mailbox test {by.pk}", limit=TESTS, per=TEST_SECONDS):
        raise Refused(_("That was a lot of tests. Please wait a minute."))


def _evenly(test: Callable[[], str]) -> str:
    began = time.monotonic()
    try:
        problem = test()
    except Unreachable as trouble:
        problem = said(trouble.code)
    except RefusedByServer as refusal:
        problem = _("The mail server refused the mail with code %(code)s.") % {"code": refusal.code}
    if problem:
        time.sleep(max(0.0, FLOOR - (time.monotonic() - began)))
    return problem


def _look_for_folders(inbox: Inbox) -> str:
    client = fetching.signed_in(inbox)
    try:
        missing = [name for name in MailSettings.of(inbox).folders if not client.folder_exists(name)]
    except Exception as problem:  # whatever the library makes of a line that breaks
        raise Unreachable("broken") from problem
    finally:
        client.shutdown()
    if missing:
        return _("There is no folder named “%(name)s”.") % {"name": missing[0]}
    return ""


def _send_test(inbox: Inbox, by: Staff) -> str:
    send_test(inbox, to=by.email, language=by.language or server_settings.LANGUAGE_CODE)
    return ""


# -- what is stuck


@transaction.atomic
def send_again(mail: OutgoingMail, *, by: Actor) -> bool:
    """Of one that did not leave or came back. Whether it was such a one."""
    if retried := retry(mail, by=by):
        log.audit("mail.sent_again", mail, by=by)
    return retried


def note_reading(received: ReceivedMail, *, by: Actor) -> None:
    log.audit("mail.original_read", received, by=by)


# -- shared


def _answer_to(inbox: Inbox, addresses: Iterable[str]) -> None:
    """The first is the main one. In the caller's transaction."""
    wanted = list(dict.fromkeys(address_from(text) for text in addresses))
    if not wanted:
        raise Refused(_("A mailbox needs an address."))
    if len(wanted) > MOST_ADDRESSES:
        raise Refused(_("At most %(most)d entries are possible here.") % {"most": MOST_ADDRESSES})
    own = MailAddress.objects.filter(inbox=inbox)
    own.exclude(address__in=wanted).delete()
    own.update(is_main=False)
    known = set(own.values_list("address", flat=True))
    try:
        with transaction.atomic():
            MailAddress.objects.bulk_create(
                MailAddress(inbox=inbox, address=one) for one in wanted if one not in known
            )
    except IntegrityError as problem:
        raise Refused(_("One of these addresses belongs to another mailbox already.")) from problem
    own.filter(address=wanted[0]).update(is_main=True)


def _given(secrets: Mapping[str, str]) -> dict[str, str | int]:
    if unknown := sorted(set(secrets) - set(SECRETS)):
        raise BadSettings(_("There is no setting named %(name)s.") % {"name": unknown[0]})
    return {name: value for name, value in secrets.items() if value}


def _outdated(before: MailSettings, after: MailSettings) -> dict[str, str | int]:
    """Secrets that were entered for other servers than those of now."""
    emptied: dict[str, Any] = {}
    if before.imap.host != after.imap.host:
        emptied["imap_password"] = ""
    if before.smtp.host != after.smtp.host:
        emptied["smtp_password"] = ""
    if before.provider != after.provider:
        emptied["provider_key"] = ""
    if before.oauth != after.oauth:
        emptied |= {"access_token": "", "access_until": 0}
    if before.oauth.token_url != after.oauth.token_url:
        emptied |= {"client_secret": "", "refresh_token": ""}
    if _tokens_go_elsewhere(before, after):
        emptied |= {"refresh_token": "", "access_token": "", "access_until": 0}
    return emptied


def _tokens_go_elsewhere(before: MailSettings, after: MailSettings) -> bool:
    pairs = ((before.imap, after.imap), (before.smtp, after.smtp))
    return any(
        new.sign_in == SignIn.OAUTH and (old.host, old.sign_in) != (new.host, new.sign_in)
        for old, new in pairs
    )
