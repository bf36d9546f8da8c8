"""What allauth asks of the desk. Nobody signs up; mails are rows of ours; addresses and redirects too."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthError
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kefu.events import log
from kefu.events.actors import SYSTEM
from kefu.events.deliveries import queue
from kefu.lib.ids import uuid7
from kefu.lib.keys import Place, installation_key
from kefu.people.models import SecondFactorRule, Staff
from kefu.people.sessions import FACTORS
from kefu.web import errors
from kefu.web.addresses import OWN_PATH, client_address

ACCOUNT_TRIES = {"account": "100/h/key"}
SEALED_AS: Place = {"table": "mfa_authenticator", "column": "data", "row": UUID(int=0)}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "0.0.0.0"  # noqa: S104 - a unix socket has no address

    def is_safe_url(self, url: str | None) -> bool:
        return bool(url) and OWN_PATH.fullmatch(str(url)) is not None

    # -- signing in and out

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """So many wrong tries for an account from one address, for an account, and from an address."""
        try:
            super().pre_authenticate(request, **credentials)
        except self._too_many as refused:
            raise ImmediateHttpResponse(errors.too_many(request, seconds=300)) from refused
        account = str(credentials.get("email", "")).strip().lower()
        self._account_tries = ratelimit.consume(
            request, app="kefu.people", action="account", config=ACCOUNT_TRIES, key=account
        )
        if not self._account_tries:
            raise ImmediateHttpResponse(errors.too_many(request, seconds=300))

    @property
    def _too_many(self) -> type[Exception]:
        return type(self.validation_error("too_many_login_attempts"))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return f"{str(credentials.get('email', '')).strip().lower()} {self.get_client_ip(request)}"

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        if getattr(self, "_account_tries", None):
            self._account_tries.rollback()

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """The same row whether the account exists or not, so that neither page nor time tells."""
        known = Staff.objects.filter(email__iexact=str(credentials.get("email", ""))).first()
        log.audit("sign_in.refused", known, by=SYSTEM, address=self.get_client_ip(request))

    def respond_user_inactive(self, request: HttpRequest, user: Staff) -> HttpResponse:
        messages.error(request, _("That did not work. Try again or ask an administrator."))
        return HttpResponseRedirect(reverse("account_login"))

    def login(self, request: HttpRequest, user: Staff) -> None:
        super().login(request, user)
        log.audit("staff.signed_in", user, by=user, address=self.get_client_ip(request))

    def logout(self, request: HttpRequest) -> None:
        staff = request.user
        super().logout(request)
        if isinstance(staff, Staff):
            log.audit("staff.signed_out", staff, by=staff, address=self.get_client_ip(request))

    # -- what is sent

    def set_password(self, user: Staff, password: str) -> None:
        user.change_password(password, by=user, keeping=self.request.session.session_key)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing of allauth's own leaves: what it would tell is told by ``send_notification_mail``."""

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Staff,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Whenever the way in changes, its owner hears of it."""
        change = template_prefix.rpartition("/")[2]
        queue(
            template="mail/account_changed",
            to=user.email,
            key=f"account changed {uuid7()}",
            language=user.language,
            context={"change": change, "name": user.name, "at": timezone.now(), "zone": user.time_zone},
        )
        log.audit(f"sign_in.{change}", user, by=user, address=self.get_client_ip(self.request))


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def get_totp_issuer(self) -> str:
        return str(settings.MFA_TOTP_ISSUER)

    def encrypt(self, text: str) -> str:
        return base64.b64encode(installation_key().seal(text, **SEALED_AS)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return installation_key().open(base64.b64decode(encrypted_text), **SEALED_AS)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one of someone whose role needs one."""
        owner = authenticator.user
        others = Authenticator.objects.filter(user=owner, type__in=FACTORS).exclude(pk=authenticator.pk)
        return others.exists() or not SecondFactorRule.objects.filter(role=owner.role).exists()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the configured address, whatever the request calls us."""
        host = urlsplit(settings.KEFU_BASE_URL).hostname
        return {"id": host or "localhost", "name": self.get_totp_issuer()}


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Lets in who has an account with the address that the provider has verified; never makes one."""
        if sociallogin.is_existing:
            return
        staff = _staff_with_verified(sociallogin)
        if staff is None:
            raise _refused(request)
        sociallogin.connect(request, staff)
        log.audit("staff.single_sign_on_linked", staff, by=staff, address=client_address(request) or None)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> None:
        """Told alike whatever the provider said: its words are for its own log."""
        if error != AuthError.CANCELLED:
            raise _refused(request)


def _refused(request: HttpRequest) -> ImmediateHttpResponse:
    log.audit("sign_in.refused", None, by=SYSTEM, address=client_address(request) or None, how="oidc")
    messages.error(request, _("That did not work. Try again or ask an administrator."))
    return ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))


def _staff_with_verified(sociallogin: Any) -> Staff | None:
    verified = [address.email for address in sociallogin.email_addresses if address.verified is True]
    return Staff.objects.active().filter(email__iexact=verified[0]).first() if verified else None
