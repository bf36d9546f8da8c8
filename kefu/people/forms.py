"""What people fill in about themselves, their colleagues and the desk."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from kefu.people.models import Brand, Staff, Team
from kefu.people.models.staff import LONGEST_SIGNATURE
from kefu.people.passwords import LEAST_CHARACTERS
from kefu.people.reach import teams_of
from kefu.people.roles import Can, Role

TOKEN_DAYS = ((30, _("30 days")), (90, _("90 days")), (365, _("A year")))
SCOPE_WORDS = {
    Can.OWN_ACCOUNT: _("One's own account and presence"),
    Can.READ_CONVERSATIONS: _("Read conversations"),
    Can.ANSWER: _("Answer, take, hand over, solve"),
    Can.PRIORITISE: _("Set priority, close for good"),
    Can.SEE_ALL: _("Every conversation of one's brands"),
    Can.SEE_CONTACT: _("Customers' addresses and numbers in full"),
    Can.EDIT_CUSTOMERS: _("Change customers"),
    Can.SET_OTHERS_PRESENCE: _("Set colleagues' presence"),
    Can.SPEAK_FOR_CUSTOMERS: _("Act as a customer, for programs that talk with them"),
    Can.SEE_ORDERS: _("Orders and claims of one's brands"),
    Can.SEND_PARCELS: _("Enter parcels of orders, say where they are"),
    Can.HANDLE_CLAIMS: _("Enter and review claims"),
    Can.DECIDE_CLAIMS: _("Decide claims above the limit, and appeals"),
    Can.RECEIVE_GOODS: _("Receive and inspect returned goods"),
    Can.REPAIR_GOODS: _("Diagnose and repair"),
    Can.MOVE_MONEY: _("Release and follow refunds"),
    Can.MANAGE_ORDERS: _("Manage products and order sources"),
    Can.WRITE_ARTICLES: _("Write articles of the help centre"),
    Can.PUBLISH_ARTICLES: _("Publish and withdraw articles"),
    Can.MANAGE_POLICIES: _("Write and publish after-sales policies"),
    Can.MANAGE_INBOXES: _("Manage inboxes"),
    Can.MANAGE_STAFF: _("Manage people and teams"),
    Can.MANAGE_DESK: _("Manage the desk"),
    Can.AUDIT: _("Read the audit trail"),
}


def zones() -> list[tuple[str, str]]:
    named = sorted(
        zone
        for zone in available_timezones()
        if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
    )
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in named)]


def _stays_used(user: Staff, code: str) -> None:
    """A clock may be half a minute off either way, so a code is good for a minute and a half: allauth
    remembers for half a minute only that it was used.
    """
    lasts = settings.MFA_TOTP_PERIOD * (2 * settings.MFA_TOTP_TOLERANCE + 1)
    cache.touch(TOTP(Authenticator(user=user))._get_used_cache_key(code), timeout=lasts)


class ActivateTotp(ActivateTOTPForm):  # type: ignore[misc]
    def clean_code(self) -> str:
        """The code that sets the app up counts as used: it must not sign anyone in a moment later."""
        code: str = super().clean_code()
        if not TOTP(Authenticator(user=self.user))._mark_code_used(code):
            raise forms.ValidationError(_("This code has been used. Wait for the next one."), code="used")
        _stays_used(self.user, code)
        return code


class Authenticate(AuthenticateForm):  # type: ignore[misc]
    def clean_code(self) -> str:
        code: str = super().clean_code()
        _stays_used(self.user, code)
        return code


class Reauthenticate(ReauthenticateForm):  # type: ignore[misc]
    def clean_code(self) -> str:
        code: str = super().clean_code()
        _stays_used(self.user, code)
        return code


class NewPassword(forms.Form):
    """Judged against the words of the person whose password it becomes."""

    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": LEAST_CHARACTERS}),
        help_text=_("At least 10 characters that nobody would guess. Several unrelated words are good."),
        strip=False,
        max_length=1024,
    )

    def judged_for(self) -> Staff:
        return Staff()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "password" in cleaned:
            try:
                validate_password(cleaned["password"], self.judged_for())
            except forms.ValidationError as wrong:
                self.add_error("password", wrong)
        return cleaned


class ResetAsked(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class ResetDone(NewPassword):
    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff

    def judged_for(self) -> Staff:
        return self.staff


class Joining(NewPassword):
    field_order = ("name", "password", "language")
    name = forms.CharField(
        label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def judged_for(self) -> Staff:
        name = self.cleaned_data.get("name", "")
        return Staff(email=self.email, name=name, alias=name)


class SettingUp(NewPassword):
    field_order = ("brand", "language", "time_zone", "name", "email", "password")
    brand = forms.CharField(
        label=_("Brand"),
        max_length=80,
        help_text=_("The name your customers know. You can add more later."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    name = forms.CharField(
        label=_("Your name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )

    def judged_for(self) -> Staff:
        name = self.cleaned_data.get("name", "")
        return Staff(email=self.cleaned_data.get("email", ""), name=name, alias=name)


class _Signing(forms.Form):
    """A signature in both languages; where one is empty, the other stands in."""

    instead: Any = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language, label in (("zh", _("Signature, Chinese")), ("en", _("Signature, English"))):
            self.fields[f"signature_{language}"] = forms.CharField(
                label=label,
                max_length=LONGEST_SIGNATURE,
                required=False,
                widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
            )
        self.fields["signature_en"].help_text = self.instead

    def signature(self) -> dict[str, str]:
        """Lines as they are kept; taken out of ``cleaned_data``."""
        given = {language: self.cleaned_data.pop(f"signature_{language}") for language in ("zh", "en")}
        return {language: text.replace("\r\n", "\n").strip() for language, text in given.items()}


def signature_known(of: Staff | Team) -> dict[str, str]:
    """As the fields of ``_Signing`` begin."""
    return {f"signature_{language}": of.signature[language] for language in ("zh", "en")}


class Profile(_Signing):
    instead = _(
        "Below your mails, instead of your team's or the mailbox's. **bold**, lists with -, [words](https://…)"
    )
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Colleagues see it."))
    alias = forms.CharField(
        label=_("Alias"), max_length=40, help_text=_("Customers see this instead of your name.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)


class Preferences(forms.Form):
    desktop = forms.BooleanField(label=_("Desktop notifications"), required=False)
    sound = forms.BooleanField(label=_("A sound when a customer writes"), required=False)
    theme = forms.ChoiceField(
        label=_("Theme"),
        choices=[("system", _("As the system has it")), ("light", _("Light")), ("dark", _("Dark"))],
    )


class NewToken(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("What will use it, so that you recognise it later.")
    )
    scopes = forms.MultipleChoiceField(label=_("May"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(label=_("Ends after"), choices=TOKEN_DAYS, coerce=int, initial=90)

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [(can.value, SCOPE_WORDS[can]) for can in Can if staff.can(can)]
        self.fields["scopes"].choices = own  # type: ignore[attr-defined]


class _InTeams(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(), label=_("Teams"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, by: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["teams"].queryset = teams_of(by).select_related("brand")  # type: ignore[attr-defined]


class Inviting(_InTeams):
    field_order = ("email", "name", "role", "teams", "language")
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=80)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class Colleague(_InTeams):
    field_order = ("role", "teams", "capacity")
    capacity = forms.IntegerField(
        label=_("Conversations at a time"),
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class NewTeam(forms.Form):
    brand = forms.ModelChoiceField(Brand.objects.none(), label=_("Brand"), empty_label=None)
    name = forms.CharField(label=_("Name"), max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["brand"].queryset = Brand.objects.order_by("name")  # type: ignore[attr-defined]


class TeamName(_Signing):
    instead = _(
        "Below mails of the team, instead of the mailbox's, with the name of whoever answers above it. "
        "Colleagues may have their own. **bold**, lists with -, [words](https://…)"
    )
    name = forms.CharField(label=_("Name"), max_length=60)


class SignInRules(forms.Form):
    roles = forms.MultipleChoiceField(
        label=_("Ask a second factor of"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Anyone without one must set it up before doing anything else."),
    )
