"""What an admin fills in about mail servers and providers. Secrets are asked for, and never shown again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kefu.inboxes.email.mailbox_fields import PLAIN, line, secret
from kefu.inboxes.email.presets import Preset
from kefu.inboxes.email.settings import (
    HOST,
    LONGEST_LINE,
    MOST_FOLDERS,
    MailSecrets,
    MailSettings,
    OAuth,
    Security,
    Server,
    SignIn,
    WayIn,
    WayOut,
)
from kefu.inboxes.email.transports import PROVIDERS

SECURITIES = (
    (Security.TLS.value, _("TLS from the start")),
    (Security.STARTTLS.value, "STARTTLS"),
    (Security.NONE.value, _("None: inside your own network only")),
)
SIGN_INS = (
    (SignIn.PASSWORD.value, _("Password or authorisation code")),
    (SignIn.OAUTH.value, _("OAuth (XOAUTH2)")),
)


class ServerForm(forms.Form):
    """Where a mail server is; each field's name begins with ``at``."""

    at = ""
    secret_name = ""

    def __init__(self, *args: Any, held: MailSecrets, before: Server, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held, self._before = bool(getattr(held, self.secret_name)), before
        for name in (f"{self.at}_host", f"{self.at}_port", self.secret_name):
            self.fields[name].needed = True  # type: ignore[attr-defined]  # not "optional": see ``require_server``
        self.fields[self.secret_name].help_text = (
            _("One is set. Leave it empty to keep it.") if self._held else _("None is set.")
        )

    def server(self) -> Server:
        said = self.cleaned_data
        return Server(
            said[f"{self.at}_host"],
            said[f"{self.at}_port"] or 0,
            Security(said[f"{self.at}_security"]),
            SignIn(said[f"{self.at}_sign_in"]),
            said[f"{self.at}_user"],
        )

    def require_server(self, *, user: bool) -> None:
        """What cannot be missing where the server is used. A secret is not sent to another host than before."""
        said = self.cleaned_data
        for name in ("host", "port", *(["user"] if user else [])):
            if not said.get(f"{self.at}_{name}") and f"{self.at}_{name}" not in self.errors:
                self.add_error(f"{self.at}_{name}", _now("Please fill this in."))
        by_password = said.get(f"{self.at}_sign_in") == SignIn.PASSWORD and said.get(f"{self.at}_user")
        if by_password and not said.get(self.secret_name):
            if self._held and said.get(f"{self.at}_host") != self._before.host:
                self.add_error(self.secret_name, _now("The server is another one now: enter it once more."))
            elif not self._held:
                self.add_error(self.secret_name, _now("Please fill this in."))

    def secrets(self) -> dict[str, str]:
        return {self.secret_name: self.cleaned_data.get(self.secret_name, "")}


def _host(text: str) -> str:
    host = text.strip().lower().rstrip(".")
    if host and not HOST.fullmatch(host):
        raise forms.ValidationError(_now("“%(text)s” is not the name of a server.") % {"text": host[:80]})
    return host


class WayInForm(ServerForm):
    at, secret_name = "imap", "imap_password"

    way_in = forms.ChoiceField(
        label=_("How mail comes in"),
        choices=(
            (WayIn.IMAP.value, _("Fetched from a mail server (IMAP)")),
            (
                WayIn.DELIVERED.value,
                _("Delivered to Kefu: by your own mail server or by a provider's webhook"),
            ),
            (WayIn.NONE.value, _("Not yet")),
        ),
        widget=forms.RadioSelect,
    )
    imap_host = line(_("IMAP server"))
    imap_port = forms.IntegerField(
        label=_("Port"),
        min_value=1,
        max_value=65535,
        required=False,
        help_text=_("Usually 993; 143 with STARTTLS."),
    )
    imap_security = forms.ChoiceField(label=_("Security"), choices=SECURITIES)
    imap_sign_in = forms.ChoiceField(label=_("Signing in"), choices=SIGN_INS)
    imap_user = line(_("User name"), help_text=_("Usually the whole address."))
    imap_password = secret(_("Password or authorisation code"))
    folders = forms.CharField(
        label=_("Folders"),
        required=False,
        max_length=MOST_FOLDERS * (LONGEST_LINE + 1),
        widget=forms.Textarea(attrs={"rows": 2, **PLAIN}),
        help_text=_("One per line. If empty: INBOX."),
    )
    trusted_server = line(
        _("Trusted mail server"),
        help_text=_(
            "The name with which your own mail server begins its Authentication-Results (authserv-id). Empty: whether a"
            " sender is genuine is checked here."
        ),
    )

    def clean_imap_host(self) -> str:
        return _host(self.cleaned_data["imap_host"])

    def clean_folders(self) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(filter(None, map(str.strip, self.cleaned_data["folders"].splitlines()))))
        if len(names) > MOST_FOLDERS:
            raise forms.ValidationError(
                _now("At most %(most)d entries are possible here.") % {"most": MOST_FOLDERS}
            )
        if any(len(name) > LONGEST_LINE or not name.isprintable() for name in names):
            raise forms.ValidationError(_now("This is not the name of a folder."))
        return names or ("INBOX",)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("way_in") == WayIn.IMAP:
            self.require_server(user=True)
        return said

    def changed(self, before: MailSettings) -> MailSettings:
        said = self.cleaned_data
        return replace(
            before,
            way_in=WayIn(said["way_in"]),
            imap=self.server(),
            folders=said["folders"],
            trusted_server=said["trusted_server"],
        )


class WayOutForm(ServerForm):
    at, secret_name = "smtp", "smtp_password"

    way_out = forms.ChoiceField(
        label=_("How mail leaves"),
        choices=(
            (WayOut.DESK.value, _("Through the mail server that the desk sends its own mail with")),
            (WayOut.SMTP.value, _("Through a mail server of this mailbox (SMTP)")),
            (WayOut.PROVIDER.value, _("Through a provider's interface")),
        ),
        widget=forms.RadioSelect,
    )
    smtp_host = line(_("SMTP server"))
    smtp_port = forms.IntegerField(
        label=_("Port"),
        min_value=1,
        max_value=65535,
        required=False,
        help_text=_("Usually 465; 587 with STARTTLS."),
    )
    smtp_security = forms.ChoiceField(label=_("Security"), choices=SECURITIES)
    smtp_sign_in = forms.ChoiceField(label=_("Signing in"), choices=SIGN_INS)
    smtp_user = line(_("User name"), help_text=_("Empty if the server asks for none."))
    smtp_password = secret(_("Password or authorisation code"))
    provider = forms.ChoiceField(
        label=_("Provider"),
        choices=(("", "–"), *((name, name.title()) for name in PROVIDERS)),
        required=False,
    )
    provider_key = secret(_("Key of the provider"))
    plus_addresses = forms.BooleanField(
        label=_("Answers come to an address of their own"),
        required=False,
        help_text=_(
            "Mail to support+anything@ must arrive in this mailbox. Answers then find their conversation even if the"
            " customer's program forgets what it answers."
        ),
    )
    bounce_addresses = forms.BooleanField(
        label=_("Each mail has a return path of its own"),
        required=False,
        help_text=_(
            "Also needs mail to support+anything@ to arrive, and a server that lets the return path differ. Reports"
            " then name the very mail that did not arrive."
        ),
    )

    def __init__(self, *args: Any, held: MailSecrets, provider: str, **kwargs: Any) -> None:
        super().__init__(*args, held=held, **kwargs)
        self._provider, self._has_key = provider, bool(held.provider_key)
        self.fields["provider_key"].help_text = (
            _("One is set. Leave it empty to keep it.") if self._has_key else _("None is set.")
        )

    def clean_smtp_host(self) -> str:
        return _host(self.cleaned_data["smtp_host"])

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("way_out") == WayOut.SMTP:
            self.require_server(user=said.get("smtp_sign_in") == SignIn.OAUTH)
        elif said.get("way_out") == WayOut.PROVIDER:
            self._require_provider(said)
        return said

    def _require_provider(self, said: Mapping[str, Any]) -> None:
        if not said.get("provider"):
            self.add_error("provider", _now("Please fill this in."))
        elif not said.get("provider_key") and (not self._has_key or said["provider"] != self._provider):
            self.add_error("provider_key", _now("Please fill this in."))

    def changed(self, before: MailSettings) -> MailSettings:
        said = self.cleaned_data
        return replace(
            before,
            way_out=WayOut(said["way_out"]),
            smtp=self.server(),
            provider=said["provider"],
            plus_addresses=said["plus_addresses"],
            bounce_addresses=said["bounce_addresses"],
        )

    def secrets(self) -> dict[str, str]:
        return super().secrets() | {"provider_key": self.cleaned_data.get("provider_key", "")}


class OAuthForm(forms.Form):
    sign_in_url = forms.URLField(
        label=_("Sign-in address"),
        required=False,
        max_length=LONGEST_LINE,
        assume_scheme="https",
        widget=forms.TextInput(attrs=PLAIN),
        help_text=_("Where the mailbox's owner allows Kefu in. Without it, enter a refresh token."),
    )
    token_url = forms.URLField(
        label=_("Token address"),
        max_length=LONGEST_LINE,
        assume_scheme="https",
        widget=forms.TextInput(attrs=PLAIN),
        help_text=_("Where access tokens are issued; begins with https://."),
    )
    client_id = line(_("Client ID"), required=True)
    client_secret = secret(_("Client secret"))
    refresh_token = secret(_("Refresh token"))
    scope = line(_("Scope"))

    def __init__(self, *args: Any, held: MailSecrets, before: OAuth, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held, self._before = held, before
        for name in ("client_secret", "refresh_token"):
            is_set = bool(getattr(held, name))
            self.fields[name].help_text = (
                _("One is set. Leave it empty to keep it.") if is_set else _("None is set.")
            )

    def clean_sign_in_url(self) -> str:
        return _https(self.cleaned_data["sign_in_url"])

    def clean_token_url(self) -> str:
        return _https(self.cleaned_data["token_url"])

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        elsewhere = said.get("token_url") != self._before.token_url
        known = said.get("refresh_token") or (self._held.refresh_token and not elsewhere)
        if not known and not said.get("sign_in_url"):
            self.add_error("refresh_token", _now("Enter a refresh token, or the sign-in address above."))
        return said

    def changed(self, before: MailSettings) -> MailSettings:
        said = self.cleaned_data
        names = ("sign_in_url", "token_url", "client_id", "scope")
        return replace(before, oauth=OAuth(**{name: said[name] for name in names}))

    def secrets(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name, "") for name in ("client_secret", "refresh_token")}


def _https(address: str) -> str:
    if address and urlsplit(address).scheme != "https":
        raise forms.ValidationError(_now("The address must begin with https://."))
    return address


# -- as the forms begin


def way_in_said(settings: MailSettings, address: str, preset: Preset | None = None) -> dict[str, Any]:
    """``address``: the user name until another is entered."""
    server = preset.imap if preset else settings.imap
    server = replace(server, user=settings.imap.user or address)
    way = WayIn.IMAP if preset else settings.way_in
    return {
        "way_in": way.value,
        **_server_said("imap", server),
        "folders": "\n".join(settings.folders),
        "trusted_server": settings.trusted_server,
    }


def way_out_said(settings: MailSettings, address: str, preset: Preset | None = None) -> dict[str, Any]:
    server = preset.smtp if preset else settings.smtp
    if preset or not server.host:
        server = replace(server, user=settings.smtp.user or address)
    way = WayOut.SMTP if preset else settings.way_out
    return {
        "way_out": way.value,
        **_server_said("smtp", server),
        "provider": settings.provider,
        "plus_addresses": settings.plus_addresses,
        "bounce_addresses": settings.bounce_addresses,
    }


def oauth_said(settings: MailSettings, preset: Preset | None = None) -> dict[str, Any]:
    chosen, held = preset.oauth if preset else OAuth(), settings.oauth
    return {
        "sign_in_url": chosen.sign_in_url or ("" if chosen.token_url else held.sign_in_url),
        "token_url": chosen.token_url or held.token_url,
        "client_id": held.client_id,
        "scope": chosen.scope or held.scope,
    }


def _server_said(at: str, server: Server) -> dict[str, Any]:
    return {
        f"{at}_host": server.host,
        f"{at}_port": server.port or None,
        f"{at}_security": server.security.value,
        f"{at}_sign_in": server.sign_in.value,
        f"{at}_user": server.user,
    }
