"""What an admin does with an inbox: open one, change it, switch it off, renew the secrets of its website."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kefu.conversations.models import Inbox, InboxKind
from kefu.events import log
from kefu.events.actors import Actor
from kefu.hours.models import Schedule
from kefu.inboxes.chat import keys
from kefu.inboxes.chat.keys import IdentityKey, Purpose
from kefu.inboxes.chat.settings import ChatSettings
from kefu.inboxes.form.settings import FormSettings
from kefu.inboxes.kinds import READERS, Asking, name_at_the_desk
from kefu.people.models import Refused, Team


def open_inbox(
    *, team: Team, name: str, language: str, schedule: Schedule | None, settings: Asking, by: Actor
) -> Inbox:
    """A new way in, of the team's brand and of the kind that its settings are for."""
    kind = InboxKind.FORM if isinstance(settings, FormSettings) else InboxKind.CHAT
    inbox = Inbox(
        brand_id=team.brand_id, team=team, kind=kind, name=name, language=language, schedule=schedule
    )
    same_brand(inbox)
    with one_of_that_name(), transaction.atomic():
        inbox.save()
        _settle(inbox, settings)
        log.audit("inbox.opened", inbox, by=by)
    return inbox


def change(
    inbox: Inbox,
    *,
    team: Team,
    name: str,
    language: str,
    schedule: Schedule | None,
    settings: Callable[[Any], Asking],
    by: Actor,
) -> None:
    """``settings`` is given what is stored now, so that two admins do not undo each other's form."""
    with one_of_that_name(), transaction.atomic():
        locked(inbox)
        inbox.team, inbox.name, inbox.language, inbox.schedule = team, name, language, schedule
        same_brand(inbox)
        inbox.save(update_fields=["team", "name", "language", "schedule"])
        _settle(inbox, settings(READERS[inbox.kind].of(inbox)))
        log.audit("inbox.changed", inbox, by=by)


@transaction.atomic
def switch(inbox: Inbox, *, on: bool, by: Actor) -> None:
    """Off: its chat or form is closed, also to those who have begun; what was said stays with the desk."""
    if locked(inbox).is_active != on:
        inbox.is_active = on
        inbox.save(update_fields=["is_active"])
        log.audit("inbox.switched", inbox, by=by, on=on)


@transaction.atomic
def change_topics(inbox: Inbox, change: Callable[[Any], Any], *, by: Actor) -> None:
    """``change`` is given the topics as they stand under the lock."""
    before = READERS[locked(inbox).kind].of(inbox)
    topics = change(before.topics)
    if topics != before.topics:
        _settle(inbox, replace(before, topics=topics))
        log.audit("inbox.form_changed", inbox, by=by)


@transaction.atomic
def change_settings(inbox: Inbox, change: Callable[[ChatSettings], ChatSettings], *, by: Actor) -> None:
    """``change`` is given what is stored under the lock."""
    before = ChatSettings.of(locked(inbox))
    after = change(before)
    if after != before:
        _settle(inbox, after)
        log.audit("inbox.changed", inbox, by=by)


@transaction.atomic
def renew_key(inbox: Inbox, purpose: Purpose, *, by: Actor) -> IdentityKey:
    """The new key is shown this once; the one before it stays valid until it is ended."""
    key = keys.add_key(locked(inbox), purpose)
    log.audit("inbox.key_made", inbox, by=by, purpose=purpose, kid=key.kid)
    return key


@transaction.atomic
def end_key(inbox: Inbox, purpose: Purpose, kid: str, *, by: Actor) -> bool:
    ended = keys.end_key(locked(inbox), purpose, kid)
    if ended:
        log.audit("inbox.key_ended", inbox, by=by, purpose=purpose, kid=kid)
    return ended


def locked(inbox: Inbox) -> Inbox:
    inbox.refresh_from_db(from_queryset=Inbox.objects.select_for_update())
    return inbox


def _settle(inbox: Inbox, settings: Asking) -> None:
    settings.save(inbox)
    name_at_the_desk(inbox, settings)


def same_brand(inbox: Inbox) -> None:
    if inbox.team.brand_id != inbox.brand_id:
        raise Refused(_("This team belongs to another brand."))
    if inbox.schedule is not None and inbox.schedule.brand_id != inbox.brand_id:
        raise Refused(_("These service hours belong to another brand."))


@contextmanager
def one_of_that_name() -> Iterator[None]:
    try:
        yield
    except IntegrityError as problem:
        if "inbox_name_in_brand" not in str(problem):
            raise
        raise Refused(_("This brand has an inbox of that name already. Choose another name.")) from problem
