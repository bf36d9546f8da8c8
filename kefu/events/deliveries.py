"""Mail that is to leave: a row first, in the verb's transaction; then a job that may safely run twice."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import timezone, translation

from kefu.events import era, log
from kefu.events.actors import SYSTEM, Actor
from kefu.events.log import Entry
from kefu.events.models import Delivery, DeliveryState

MOST_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=20)
# What templates get for the head of a mail to an address. Filled by rooms that know whose it is, so that no caller
# can forget it.
HEADS: list[Callable[[str], dict[str, str]]] = []


def queue(
    *,
    template: str,
    to: str,
    key: str,
    language: str,
    context: dict[str, Any] | None = None,
    by: Actor = SYSTEM,
) -> Delivery:
    """Write down a mail made from ``<template>.txt`` (whose first line is "Subject: …") and ``<template>.html``.

    The same ``key`` again is the same mail: it is not queued twice.
    """
    content = _written(template, to, language, context or {})
    delivery, made = Delivery.objects.get_or_create(
        key=key, defaults={"template": template, "recipient": to, "content": content}
    )
    if made:
        log.record("delivery.written", delivery, by=by)
    return delivery


def _written(template: str, to: str, language: str, context: dict[str, Any]) -> str:
    with translation.override(language):
        for told in HEADS:
            context = told(to) | context
        head, _, text = get_template(f"{template}.txt").render(context).strip().partition("\n")
        content = {"subject": head.removeprefix("Subject:").strip(), "text": text.strip() + "\n"}
        with contextlib.suppress(TemplateDoesNotExist):
            content["html"] = get_template(f"{template}.html").render(
                {**context, "subject": content["subject"]}
            )
    return json.dumps(content)


def queue_jobs(entries: list[Entry]) -> None:
    """Reader: a job for each mail that was written."""
    from kefu.events.tasks import send_delivery

    for entry in entries:
        send_delivery.defer(delivery=str(entry.subject_id))


def release_held() -> None:
    """After an admin confirmed this era: what was held back may leave."""
    from kefu.events.tasks import send_delivery

    for pk in Delivery.objects.filter(state=DeliveryState.WAITING).values_list("pk", flat=True):
        send_delivery.defer(delivery=str(pk))


def send(delivery: Delivery) -> None:
    """Send it unless it has left, is being sent, or nothing may leave in this era. Raises what the mail server said."""
    if not _claimed(delivery):
        return
    try:
        _mail(delivery).send()
    except Exception as problem:
        _failed(delivery, problem)
        raise
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.SENT, sent_at=timezone.now(), content=None, error=""
    )


def retry(delivery: Delivery, *, by: Actor) -> bool:
    """For one that failed for good: try again from the start. Whether it was such a one."""
    with transaction.atomic():
        changed = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.FAILED).update(
            state=DeliveryState.WAITING, attempts=0, next_at=timezone.now()
        )
        if changed:
            log.record("delivery.written", delivery, by=by)
    return bool(changed)


def _claimed(delivery: Delivery) -> bool:
    """One worker at a time; a claim whose worker died is free again after the lease."""
    if not era.may_send():
        return False
    now = timezone.now()
    due = Delivery.objects.filter(pk=delivery.pk, next_at__lte=now).exclude(
        state__in=[DeliveryState.SENT, DeliveryState.FAILED]
    )
    return bool(due.update(state=DeliveryState.SENDING, next_at=now + timedelta(seconds=90)))


def _failed(delivery: Delivery, problem: Exception) -> None:
    attempts = delivery.attempts + 1
    last = attempts >= MOST_ATTEMPTS
    Delivery.objects.filter(pk=delivery.pk).update(
        attempts=attempts,
        state=DeliveryState.FAILED if last else DeliveryState.WAITING,
        next_at=timezone.now() + pause_after(attempts),
        error=_reason(problem, delivery)[:300],
    )


def _reason(problem: Exception, delivery: Delivery) -> str:
    """Mail servers repeat whom they refuse, and the address is kept encrypted only."""
    return f"{type(problem).__name__}: {problem}".replace(delivery.recipient or "\0", "…")


def pause_after(attempts: int) -> timedelta:
    """20 s, 40 s, 80 s … up to about 40 minutes."""
    return FIRST_PAUSE * (1 << min(attempts - 1, 7))


def _mail(delivery: Delivery) -> EmailMultiAlternatives:
    content = json.loads(delivery.content or "{}")
    host = settings.KEFU_BASE_URL.split("://")[1].split(":")[0].split("/")[0]
    mail = EmailMultiAlternatives(
        subject=" ".join(content["subject"].split()),
        body=content["text"],
        to=[delivery.recipient or ""],
        headers={
            "Message-ID": f"<{delivery.pk}@{host}>",  # the same on every attempt
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    if content.get("html"):
        mail.attach_alternative(content["html"], "text/html")
    return mail
