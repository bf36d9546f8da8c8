from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from kefu.events import deliveries, era, keeping
from kefu.events.actors import SYSTEM
from kefu.events.models import Delivery, DeliveryState, Era
from kefu.people.models import Staff


@pytest.fixture(autouse=True)
def _templates(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text(
        "Subject: Hello {{ name|safe }}\n\nDear {{ name|safe }}, it is done.\n"
    )
    (tmp_path / "note.html").write_text("<p>Dear {{ name }}, it is done.</p>")
    alone = {
        "loaders": ["django.template.loaders.filesystem.Loader"],
        "context_processors": [],
        "builtins": [],
    }
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)], "OPTIONS": alone}]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def write(key: str = "one", name: str = "Lin") -> Delivery:
    return deliveries.queue(
        template="note", to="lin@customer.test", key=key, language="en", context={"name": name}
    )


def test_a_mail_is_a_row_first_and_leaves_once(db: None) -> None:
    delivery = write()
    assert mail.outbox == []
    deliveries.send(delivery)
    deliveries.send(Delivery.objects.get(pk=delivery.pk))
    assert [one.subject for one in mail.outbox] == ["Hello Lin"]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.content) == (DeliveryState.SENT, None)


def test_the_same_key_is_the_same_mail(db: None) -> None:
    assert write().pk == write().pk
    assert Delivery.objects.count() == 1


def test_a_name_cannot_add_a_header_or_markup(db: None) -> None:
    deliveries.send(write(name="Lin\r\nBcc: all@customer.test <img src=x onerror=alert(1)>"))
    sent = mail.outbox[0]
    assert sent.to == ["lin@customer.test"]
    assert "bcc" not in [name.lower() for name, _value in sent.message().items()]
    assert "<img" not in str(getattr(sent, "alternatives", []))


def test_a_mail_that_cannot_leave_is_tried_again_with_the_same_id_and_given_up_at_last(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = []

    def refuse(self: object) -> None:
        ids.append(self.extra_headers["Message-ID"])  # type: ignore[attr-defined]
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    delivery = write()
    for _ in range(deliveries.MOST_ATTEMPTS):
        delivery.refresh_from_db()
        Delivery.objects.filter(pk=delivery.pk).update(next_at=timezone.now())
        with pytest.raises(ConnectionRefusedError):
            deliveries.send(delivery)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.FAILED
    assert "no mail server" in delivery.error
    assert len(set(ids)) == 1
    deliveries.retry(delivery, by=SYSTEM)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.WAITING


def test_the_reason_of_a_failure_does_not_name_the_recipient(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object) -> None:
        raise SMTPRecipientsRefused({"lin@customer.test": (550, b"no such user")})

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    delivery = write()
    with pytest.raises(SMTPRecipientsRefused):
        deliveries.send(delivery)
    delivery.refresh_from_db()
    assert "no such user" in delivery.error and "lin@" not in delivery.error


def test_two_workers_do_not_send_it_both(db: None) -> None:
    delivery = write()
    assert deliveries._claimed(delivery)
    assert not deliveries._claimed(delivery)


def test_a_claim_whose_worker_died_is_free_again(db: None) -> None:
    delivery = write()
    assert deliveries._claimed(delivery)
    Delivery.objects.filter(pk=delivery.pk).update(next_at=timezone.now() - timedelta(seconds=1))
    deliveries.send(delivery)
    assert len(mail.outbox) == 1


def test_a_restored_copy_sends_nothing_until_an_admin_confirms(db: None, admin: Staff) -> None:
    delivery = write()
    era.raise_era("restored")
    deliveries.send(delivery)
    assert mail.outbox == []
    era.confirm_outbound(by=admin)
    deliveries.send(delivery)
    assert len(mail.outbox) == 1
    assert Era.objects.order_by("-number")[0].outbound_confirmed_by == admin.pk


def test_what_was_sent_or_given_up_long_ago_is_forgotten(db: None) -> None:
    delivery = write()
    deliveries.send(delivery)
    Delivery.objects.filter(pk=delivery.pk).update(sent_at=timezone.now() - timedelta(days=31))
    lost, waiting = write("two"), write("three")
    long_ago = timezone.now() - timedelta(days=31)
    Delivery.objects.filter(pk__in=[lost.pk, waiting.pk]).update(created_at=long_ago)
    Delivery.objects.filter(pk=lost.pk).update(state=DeliveryState.FAILED)
    keeping.keep_the_log()
    assert list(Delivery.objects.all()) == [waiting]


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 20), (2, 40), (8, 2560), (50, 2560)])
def test_pauses_grow_up_to_an_end(attempts: int, seconds: int) -> None:
    assert deliveries.pause_after(attempts) == timedelta(seconds=seconds)
