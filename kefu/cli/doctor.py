"""`kefu doctor`: what is wrong with an installation, in plain words."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

import psycopg

from kefu.cli.desk import Desk, opened
from kefu.database import checks
from kefu.database.checks import Finding, Health

SIGNS = {Health.GOOD: "  ok     ", Health.DOUBTFUL: "  look   ", Health.BAD: "  WRONG  "}


def doctor(chosen: argparse.Namespace) -> int:
    with opened() as desk:
        desk.enter("command")
        findings = list(_findings(desk))
    for finding in findings:
        print(f"{SIGNS[finding.health]}{finding.sentence}")
    return 1 if any(finding.health is Health.BAD for finding in findings) else 0


def _findings(desk: Desk) -> Iterator[Finding]:
    from django.conf import settings

    with psycopg.connect(desk.web) as connection:
        yield from checks.of_the_server(connection)
    pending = _pending_migrations()
    yield pending
    if pending.health is Health.GOOD:
        yield _era()
    yield from checks.of_the_machine(desk.data)
    yield _account()
    yield checks.of_the_keys(settings.KEFU_KEYS)
    yield _address()
    yield _mail()
    if pending.health is Health.GOOD:
        yield from return_addresses()
        yield from mailboxes()


def _pending_migrations() -> Finding:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        return Finding(Health.BAD, f"{len(pending)} migrations are not applied: run kefu migrate.")
    return Finding(Health.GOOD, "The tables are up to date.")


def _era() -> Finding:
    from kefu.events.models import Era

    era = Era.objects.order_by("-number").first()
    if era is None:
        return Finding(Health.GOOD, "This desk has not been started yet.")
    if era.outbound_confirmed_at is None:
        return Finding(Health.DOUBTFUL, f"Nothing is sent until an admin confirms this copy ({era.reason}).")
    return Finding(Health.GOOD, f"This is the desk's era {era.number}, and it may send.")


def _account() -> Finding:
    if os.geteuid() == 0:
        return Finding(Health.DOUBTFUL, "Kefu runs as root; an account of its own would do and is safer.")
    return Finding(Health.GOOD, "Kefu does not run as root.")


def _address() -> Finding:
    from django.conf import settings

    if settings.KEFU_SECURE:
        return Finding(Health.GOOD, f"The desk's address is {settings.KEFU_BASE_URL}.")
    told = (
        f"The desk's address is {settings.KEFU_BASE_URL}, without TLS: set KEFU_BASE_URL to an https address."
    )
    return Finding(Health.DOUBTFUL, told)


def _mail() -> Finding:
    from django.conf import settings

    if settings.EMAIL_HOST:
        return Finding(Health.GOOD, f"Mail leaves by {settings.EMAIL_HOST}:{settings.EMAIL_PORT}.")
    return Finding(
        Health.DOUBTFUL,
        f"Mail leaves nobody's desk: it lies in {settings.KEFU_MAIL_FOLDER}; set KEFU_SMTP_HOST.",
    )


def return_addresses() -> Iterator[Finding]:
    from django.utils import timezone

    from kefu.claims import slips
    from kefu.people.models import Brand

    for brand in slips.without_centre(Brand.objects.all(), at=timezone.now()):
        told = (
            f"{brand.name} takes goods back by its policy and says nowhere where to, as it must by law:"
            " enter the return address in the settings, beside its policies."
        )
        yield Finding(Health.DOUBTFUL, told)


def mailboxes() -> Iterator[Finding]:
    from kefu.inboxes.email.mailbox_state import in_trouble
    from kefu.inboxes.email.troubles import said

    ill = in_trouble()
    for inbox, state in ill:
        if state.trouble:
            since = f" since {state.trouble_since:%Y-%m-%d %H:%M} UTC" if state.trouble_since else ""
            yield Finding(
                Health.DOUBTFUL, f"The mailbox {inbox.name} cannot be read{since}: {said(state.trouble)}"
            )
        if state.trouble_out:
            yield Finding(Health.DOUBTFUL, f"The mailbox {inbox.name} cannot send: {said(state.trouble_out)}")
        if state.aside:
            mails = "1 mail" if state.aside == 1 else f"{state.aside} mails"
            yield Finding(
                Health.DOUBTFUL, f"{mails} to {inbox.name} set aside: look at its state in the settings."
            )
    if not ill:
        yield Finding(Health.GOOD, "No mailbox is in trouble.")
