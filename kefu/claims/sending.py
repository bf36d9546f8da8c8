"""Refunds and their providers: sent once, asked about when the answer was lost, and whatever news comes.

A row says ``sent`` before the provider hears of it, so a process that dies in between leaves something to ask about.
What contradicts a state that was final is never believed at once: the provider is asked, and its answer counts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kefu.claims import settling
from kefu.claims.models import ProviderAccount, Refund, RefundState
from kefu.claims.models.refunds import WITHOUT_MONEY
from kefu.claims.providers import registry
from kefu.claims.providers.contract import (
    ABSENT,
    Answer,
    BankCard,
    Misconfigured,
    Provider,
    Redirecting,
    RefundOrder,
    State,
)
from kefu.claims.refunding import INTERNAL, move, queue_again
from kefu.events import era, log
from kefu.events.actors import SYSTEM
from kefu.orders.models import NotEnough

OPEN = frozenset({RefundState.SENT, RefundState.PROCESSING, RefundState.UNKNOWN})
FIRST_QUESTION, RAREST_QUESTION = timedelta(minutes=1), timedelta(hours=6)
MOST_SENDINGS = 5  # of a number that never arrives; then a person decides


def send(refund_id: UUID) -> None:
    """If it is still to be sent. Nothing is held while the provider is spoken to."""
    refund = _taken_up(refund_id)
    if refund is not None:
        _speak(refund, lambda provider, order: provider.refund(order))


def ask(refund_id: UUID) -> None:
    """What became of it."""
    refund = Refund.objects.select_related("payment", "order").get(pk=refund_id)
    if refund.next_try_at is not None:
        _speak(refund, lambda provider, order: provider.query(order, refund.provider_refund_id))


def redirect(refund: Refund, to: BankCard | None) -> None:
    """An abnormal one to another card, or with None back to our own account."""

    def tell(provider: Provider, order: RefundOrder) -> Answer:
        if not isinstance(provider, Redirecting):
            return Answer(State.ABNORMAL, code="no_redirection")
        return provider.redirect(order, refund.provider_refund_id, to)

    _speak(refund, tell)


def due_questions(now: datetime) -> list[UUID]:
    """Those whose answer is awaited for long enough."""
    waiting = Refund.objects.filter(next_try_at__lte=now).exclude(state__in=(RefundState.QUEUED,))
    return list(waiting.order_by("next_try_at").values_list("pk", flat=True)[:500])


def forgotten(now: datetime) -> list[UUID]:
    """Queued, and nobody has sent them: the job was lost, or the desk was held back then."""
    queued = Refund.objects.filter(state=RefundState.QUEUED, next_try_at__lte=now)
    return list(queued.values_list("pk", flat=True)[:500])


def hear(refund_id: UUID, answer: Answer, *, asked: bool) -> None:
    """Take in what a provider says. ``asked``: it answers a question of ours, and is so beyond doubt."""
    with transaction.atomic():
        refund = held(refund_id)
        _take_in(refund, answer, asked=asked)
        settling.follow(refund)


def held(refund_id: UUID) -> Refund:
    """Locked after its order and its claim."""
    refund = Refund.objects.select_related("order", "claim", "payment").get(pk=refund_id)
    refund.order.locked()
    if refund.claim is not None:
        refund.claim.locked()
    return refund.locked()


# -- speaking


def _taken_up(refund_id: UUID) -> Refund | None:
    if not era.may_send():
        return None
    with transaction.atomic():
        refund = held(refund_id)
        if refund.state != RefundState.QUEUED:
            return None
        now = timezone.now()
        changed = {"attempts": refund.attempts + 1, "sent_at": now, "next_try_at": now + _patience(refund)}
        move(refund, RefundState.SENT, by=SYSTEM, **changed)
        return refund


def _speak(refund: Refund, say: Callable[[Provider, RefundOrder], Answer]) -> None:
    try:
        provider = provider_of(refund)
    except Misconfigured:
        answer = Answer(State.UNKNOWN if refund.attempts > 1 else State.FAILED, code="misconfigured")
    else:
        answer = say(provider, _order(refund))
    hear(refund.pk, answer, asked=True)


def provider_of(refund: Refund) -> Provider:
    """Raises ``Misconfigured``, also when the brand has no such account any more."""
    if not registry.capabilities(refund.provider).answers:
        return registry.provider(refund.provider, {})
    accounts = ProviderAccount.objects.filter(brand=refund.order.brand_id, provider=refund.provider)
    account = accounts.filter(is_active=True).first()
    if account is None:
        raise Misconfigured("There is no such account.")
    return registry.provider(account.provider, account.settings)


def _order(refund: Refund) -> RefundOrder:
    return RefundOrder(
        request_no=refund.request_no,
        payment_ref=refund.payment.external_id or "by hand",
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        paid_minor=refund.payment.captured_minor,
    )


# -- taking in


def _take_in(refund: Refund, answer: Answer, *, asked: bool) -> None:
    state = RefundState(refund.state)
    is_ours = refund.provider == INTERNAL  # no provider has a say in our own balances
    if is_ours or state in (RefundState.QUEUED, RefundState.CANCELLED) or hasattr(refund, "replaced_by"):
        return
    if state in OPEN:
        _go_on(refund, answer)
    elif not asked and _contradicts(state, answer.state):
        refund.next_try_at = timezone.now()
        refund.save(update_fields=["next_try_at"])
    elif asked:
        _correct(refund, answer)


def _go_on(refund: Refund, answer: Answer) -> None:
    """Of one that is on its way."""
    if answer.state == State.FAILED and answer.code == ABSENT and refund.attempts < MOST_SENDINGS:
        queue_again(refund, by=SYSTEM)
    elif answer.state in (State.PROCESSING, State.UNKNOWN):
        _wait(refund, answer)
    else:
        _end(refund, answer)


def _wait(refund: Refund, answer: Answer) -> None:
    """Asked again later and later. What is with the bank stays so when a later question gets no answer."""
    lost = answer.state == State.UNKNOWN and refund.state != RefundState.PROCESSING
    state = RefundState.UNKNOWN if lost else RefundState.PROCESSING
    again = _next_question(refund) if registry.capabilities(refund.provider).answers else None
    changed = {**_heard(refund, answer), "next_try_at": again}
    if state == refund.state:
        for name, value in changed.items():
            setattr(refund, name, value)
        refund.save(update_fields=list(changed))
    else:
        move(refund, state, by=SYSTEM, **changed)


def _end(refund: Refund, answer: Answer) -> None:
    state = RefundState(answer.state.value)
    if state in WITHOUT_MONEY:
        refund.payment.release(refund.amount_minor)
    settled = timezone.now() if state == RefundState.SUCCEEDED else None
    move(refund, state, by=SYSTEM, settled_at=settled, next_try_at=None, **_heard(refund, answer))


def _contradicts(known: RefundState, news: State) -> bool:
    if known in (RefundState.REVERSED, RefundState.REQUESTED, RefundState.APPROVED):
        return False
    return news.value != known.value and not (
        known == RefundState.SUCCEEDED and news in (State.PROCESSING, State.UNKNOWN)
    )


def _correct(refund: Refund, answer: Answer) -> None:
    """The answer about one that had come to its end: usually that it has."""
    known, refund.next_try_at = RefundState(refund.state), None
    gone = answer.state in (State.FAILED, State.CLOSED) and answer.code != ABSENT
    if known == RefundState.SUCCEEDED and gone:
        refund.payment.release(refund.amount_minor)
        move(refund, RefundState.REVERSED, by=SYSTEM, failure_code=answer.code)
    elif known in WITHOUT_MONEY and answer.state in (State.SUCCEEDED, State.PROCESSING):
        _moved_after_all(refund, answer)
    elif known == RefundState.ABNORMAL and answer.state not in (State.ABNORMAL, State.UNKNOWN):
        _go_on(refund, answer)
    else:
        refund.save(update_fields=["next_try_at"])


def _moved_after_all(refund: Refund, answer: Answer) -> None:
    """Money went where we thought it had not. If it was given back another way meanwhile, a person must hear of it."""
    try:
        with transaction.atomic():
            refund.payment.reserve(refund.amount_minor)
    except NotEnough:
        refund.save(update_fields=["next_try_at"])
        log.record("refund.twice", refund, by=SYSTEM, **refund.scope())
        log.audit("refund.twice", refund, by=SYSTEM)
    else:
        _go_on(refund, answer)


def _heard(refund: Refund, answer: Answer) -> dict[str, object]:
    told = answer.provider_id[:120] or refund.provider_refund_id
    return {"provider_refund_id": told, "failure_code": answer.code[:60]}


def _patience(refund: Refund) -> timedelta:
    return timedelta(seconds=registry.capabilities(refund.provider).ask_after_seconds) + FIRST_QUESTION


def _next_question(refund: Refund) -> datetime:
    """As long again as it has been under way: one minute, two, four … at most six hours."""
    now = timezone.now()
    since = now - (refund.sent_at or now)
    return now + min(max(since, _patience(refund)), RAREST_QUESTION)
