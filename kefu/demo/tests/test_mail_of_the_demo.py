from __future__ import annotations

import time
from pathlib import Path

import pytest
from pytest_django import Settings

from kefu.conversations.models import File, Message
from kefu.demo import mails
from kefu.inboxes.email import taking
from kefu.inboxes.email.models import Letter, OutgoingMail, ReceivedMail, ReceivedState
from kefu.people.models import Team


@pytest.mark.django_db
def test_the_demo_has_mail_in_both_languages_that_is_taken_in(
    support: Team, tmp_path: Path, settings: Settings
) -> None:
    began = time.monotonic()
    inbox = mails.furnish(support)
    mails.receive(inbox)
    assert time.monotonic() - began < 2
    for received in ReceivedMail.objects.all():
        taking.take(received.pk)
    assert set(ReceivedMail.objects.values_list("state", flat=True)) == {ReceivedState.TAKEN}
    texts = list(Message.objects.filter(author_kind="customer").order_by("id").values_list("text", flat=True))
    assert len(texts) == 4
    assert "红灯" in texts[0] and "reading" not in texts[2]
    assert "原始邮件" not in texts[2] and "on its way" not in texts[3]
    assert File.objects.filter(type__startswith="image/").count() == 1
    assert Letter.objects.exclude(html="").count() == 3
    assert {one.verdict["dmarc"] for one in Letter.objects.all()} == {"pass"}
    assert OutgoingMail.objects.filter(is_automatic=True).count() == 4
