"""What browsers may keep of the help centre: strangers' browsers keep a page and ask whether it is still so.

It is drawn to know whether it has changed, so an answer is never out of date; what is saved is the sending.
"""

from __future__ import annotations

import hashlib
import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

# What is new on every page although nothing has changed.
_FRESH = re.compile(
    rb'(nonce=|name="csrf-token" content=|name="csrfmiddlewaretoken" value=)"[^"]*"|"menu-[0-9a-f]{8}"'
)


def kept(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """``response``, or 304 for whoever has it. People who are signed in keep nothing: see ``SecurityHeaders``."""
    if response.status_code != 200 or response.cookies or _is_known(request):
        return response
    response["Cache-Control"] = "private, no-cache"
    response["ETag"] = f'W/"{_mark(request, response)}"'
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    return answer if isinstance(answer, HttpResponse) else response


def _is_known(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES or settings.KEFU_CUSTOMER_COOKIE in request.COOKIES


def _mark(request: HttpRequest, response: HttpResponse) -> str:
    """With the secret behind the forms' tokens: a page that is kept longer than its cookie could send nothing."""
    secret = str(request.META.get("CSRF_COOKIE", ""))
    said = hashlib.sha256(_FRESH.sub(rb"", response.content))
    said.update(f"|{secret}|{response.get('Content-Language', '')}".encode())
    return said.hexdigest()[:32]
