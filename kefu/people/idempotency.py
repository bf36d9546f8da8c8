"""Unsafe calls of the API: each in one transaction, and with an ``Idempotency-Key`` only once.

The key is claimed in the transaction of the effect itself: a second call with it waits at the unique index
until the first has committed and then gets its answer; a call that failed or died leaves nothing, and may be
repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.people.models import AnsweredCall
from kefu.web.rest import Fault, Refusal, answered

KEPT = timedelta(hours=24)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SWEEP_EVERY = 200
MOST_SWEPT = 2_000
_claims = count(1)
_KEY = re.compile(r"[!-~]{1,255}")


def once(operation: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
    """Around every operation of the API. ``request.auth`` is the caller, whose ``pk`` the keys belong to."""

    @wraps(operation)
    def call(request: HttpRequest, **given: Any) -> HttpResponseBase:
        if request.method in SAFE:
            return answered(operation(request, **given))
        key = request.headers.get("Idempotency-Key")
        with transaction.atomic():
            if key is None:
                return answered(operation(request, **given))
            return _once(key, request, lambda: answered(operation(request, **given)))

    return call


def forget_old() -> int:
    """Remove some of the answers that are older than a day; says how many."""
    old = AnsweredCall.objects.filter(created_at__lt=timezone.now() - KEPT)
    return AnsweredCall.objects.filter(pk__in=old.values("pk")[:MOST_SWEPT]).delete()[0]


def _once(key: str, request: HttpRequest, act: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    if not _KEY.fullmatch(key):
        raise _wrong_key("key", _("A key has 1 to 255 visible ASCII characters."))
    call, is_first = _claimed(request.auth.pk, key, _fingerprint(request))  # type: ignore[attr-defined]
    if not is_first:
        return _again(call)
    response = act()
    if isinstance(response, HttpResponse):
        call.status, call.answer = response.status_code, response.content.decode()
        call.save(update_fields=["status", "answer"])
    return response


def _claimed(caller: UUID, key: str, fingerprint: bytes) -> tuple[AnsweredCall, bool]:
    if next(_claims) % SWEEP_EVERY == 0:
        forget_old()
    mine = AnsweredCall.objects.filter(caller=caller, key=key)
    mine.filter(created_at__lt=timezone.now() - KEPT).delete()
    try:
        call, is_first = mine.get_or_create(caller=caller, key=key, defaults={"fingerprint": fingerprint})
    except (IntegrityError, OperationalError) as problem:
        raise Refusal(
            409, _("The first request with this key is still in progress."), retry_after=2
        ) from problem
    if bytes(call.fingerprint) != fingerprint:
        raise _wrong_key("key_reused", _("This key was used for another request."))
    return call, is_first


def _again(call: AnsweredCall) -> HttpResponse:
    form = "application/problem+json" if call.status >= 400 else "application/json"
    kind = {"content_type": form} if call.answer else {}
    response = HttpResponse(call.answer or b"", status=call.status, **kind)
    response["Idempotent-Replayed"] = "true"
    return response


def _wrong_key(code: str, message: str) -> Refusal:
    return Refusal(422, faults=[Fault(at="header", field="Idempotency-Key", code=code, message=message)])


def _fingerprint(request: HttpRequest) -> bytes:
    digest = sha256()
    for part in _parts(request):
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()


def _parts(request: HttpRequest) -> Iterator[bytes]:
    """What makes a call the same: what is asked of what, with which content, however it was written."""
    yield _bytes(f"{request.method} {request.get_full_path()}")
    if request.content_type != "multipart/form-data":
        yield _canonical(request.body)
        return
    for name in sorted(request.POST):
        yield from map(_bytes, [name, *request.POST.getlist(name)])
    for name in sorted(request.FILES):
        yield from (part for file in request.FILES.getlist(name) for part in _file_parts(name, file))


def _file_parts(name: str, file: UploadedFile) -> Iterator[bytes]:
    yield _bytes(f"{name} {file.name}")
    digest = sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    yield digest.digest()


def _canonical(body: bytes) -> bytes:
    try:
        return json.dumps(json.loads(body), sort_keys=True).encode()
    except (ValueError, RecursionError):
        return body  # of a call that takes none


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
