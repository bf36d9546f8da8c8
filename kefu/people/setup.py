"""The first start: a brand, a team and an admin, by whoever reads the terminal. Gone once there is one."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from kefu.events import log
from kefu.lib.ids import secret_token, token_hash
from kefu.people.models import Brand, Refused, SetUpKey, Staff, Team
from kefu.people.roles import Role


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the set-up page asks."""

    brand: str
    language: str
    time_zone: str
    name: str
    email: str
    password: str


def is_done() -> bool:
    return Staff.objects.filter(role=Role.ADMIN).exists()


def token_if_needed() -> str | None:
    """A fresh key for the set-up page, to be shown in the terminal; None once there is an admin."""
    if is_done():
        return None
    token = secret_token()
    SetUpKey.objects.update_or_create(only=True, defaults={"token_hash": token_hash(token)})
    return token


def is_key(token: str) -> bool:
    """Whether this opens the page now."""
    kept = SetUpKey.objects.filter(only=True).first()
    return (
        kept is not None and hmac.compare_digest(bytes(kept.token_hash), token_hash(token)) and not is_done()
    )


@transaction.atomic
def begin(token: str, beginning: Beginning) -> Staff:
    """Once: of two who send the page at the same moment, the other is refused."""
    key = SetUpKey.objects.select_for_update().filter(only=True, token_hash=token_hash(token)).first()
    if key is None or is_done():
        raise Refused(_("This desk has already been set up."))
    key.delete()
    brand = _brand(beginning)
    admin = _admin(
        beginning.email, beginning.name, beginning.password, beginning.language, beginning.time_zone
    )
    team = Team.open(brand=brand, name=_("Support"), by=admin)
    admin.join(team, by=admin)
    log.record("desk.set_up", brand, by=admin)
    log.audit("desk.set_up", brand, by=admin)
    return admin


def create_admin(email: str, name: str, password: str) -> Staff:
    """For the terminal. Raises ``ValidationError`` with sentences about the address or the password."""
    validate_email(email)
    if not 0 < len(name) <= 80 or len(email) > 254:
        raise ValidationError(_("A name has 1 to 80 characters, an address at most 254."))
    if Staff.objects.filter(email__iexact=email).exists():
        raise ValidationError(_("There is already an account with this address."))
    validate_password(password, Staff(email=email, name=name, alias=name))
    with transaction.atomic():
        SetUpKey.objects.all().delete()
        return _admin(email, name, password)


def _admin(email: str, name: str, password: str, language: str = "", time_zone: str = "") -> Staff:
    return Staff.hire(
        email=email,
        name=name,
        role=Role.ADMIN,
        password=password,
        by=None,
        language=language,
        time_zone=time_zone,
    )


def _brand(beginning: Beginning) -> Brand:
    return Brand.objects.create(
        name=beginning.brand,
        slug=slugify(beginning.brand)[:40] or "brand",
        language=beginning.language,
        time_zone=beginning.time_zone,
    )
