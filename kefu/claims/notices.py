"""Where payment providers call us: news that is signed, taken in once, and believed only as far as it fits."""

from __future__ import annotations

import logging
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from kefu.claims import sending
from kefu.claims.models import ProviderAccount, ProviderNotice, Refund
from kefu.claims.providers import registry
from kefu.claims.providers.contract import Answer, Misconfigured, Notice, Unverified
from kefu.database import limits
from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.people.access import token_route
from kefu.web.addresses import client_address
from kefu.web.rest import Refusal, refused

logger = logging.getLogger(__name__)
MOST_BYTES = 256 * 1024
WRONG_A_MINUTE = 60


@csrf_exempt
@token_route
def provider_door(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """The answer is what the provider's sender wants to see; a signature that is not theirs gets 401."""
    if request.method != "POST":
        return refused(Refusal(405))
    account = ProviderAccount.objects.filter(pk=account_id, is_active=True).first()
    if account is None:
        return refused(Refusal(404))
    try:
        if len(request.body) > MOST_BYTES:
            return refused(Refusal(413))
        return HttpResponse(accept(account, dict(request.headers.items()), request.body))
    except RequestDataTooBig:
        return refused(Refusal(413))
    except UnreadablePostError:
        return refused(Refusal(400))
    except (Unverified, Misconfigured):
        return refused(_not_theirs(request))


def accept(account: ProviderAccount, headers: dict[str, str], body: bytes) -> bytes:
    """Raises ``Unverified``. What fails on our side keeps nothing, so that the provider tries again."""
    provider = registry.provider(account.provider, account.settings)
    for notice in provider.parse_webhook(headers, body):
        _take(account, notice)
    return provider.receipt


@transaction.atomic
def _take(account: ProviderAccount, notice: Notice) -> None:
    if not _is_new(account, notice):
        return
    of_brand = Refund.objects.filter(provider=account.provider, order__brand=account.brand_id)
    refund = of_brand.filter(request_no=notice.request_no).first()
    if refund is None:
        logger.warning("a notice about a refund that we do not know", extra={"account": str(account.pk)})
    elif notice.amount_minor not in (None, refund.amount_minor):
        _doubt(refund)
    else:
        answer = Answer(notice.state, notice.provider_id, notice.code)
        sending.hear(refund.pk, answer, asked=False)


def _is_new(account: ProviderAccount, notice: Notice) -> bool:
    row = ProviderNotice(
        account=account,
        event_id=notice.event_id[:160],
        request_no=notice.request_no[:64],
        state=notice.state,
    )
    ProviderNotice.objects.bulk_create([row], ignore_conflicts=True)
    return ProviderNotice.objects.filter(pk=row.pk).exists()


def _doubt(refund: Refund) -> None:
    """Another amount than we have sent: not believed, but asked about."""
    log.audit("refund.other_amount", refund, by=SYSTEM)
    Refund.objects.filter(pk=refund.pk).update(next_try_at=timezone.now())


def _not_theirs(request: HttpRequest) -> Refusal:
    """Whoever tries signatures does so slowly."""
    if limits.hit(f"provider door {client_address(request)}", limit=WRONG_A_MINUTE, per=60):
        return Refusal(401)
    return Refusal(429, retry_after=60)
