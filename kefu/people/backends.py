"""E-mail and password. Takes as long for an account that does not exist as for one that does."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from kefu.people.models import Staff
from kefu.people.passwords import is_too_long
from kefu.people.sessions import with_standing


class StaffBackend(BaseBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        email: str | None = None,
        password: str | None = None,
        **_other: Any,
    ) -> Staff | None:
        if not email or not password or is_too_long(password) or "\0" in email:
            return None
        staff = Staff.objects.filter(email__iexact=email).first()
        if staff is None or not staff.has_usable_password():
            make_password(password)  # the same work as checking one
            return None
        return staff if staff.check_password(password) and staff.is_active else None

    def get_user(self, user_id: UUID | str) -> Staff | None:
        return with_standing(Staff.objects.filter(pk=user_id, is_active=True)).first()
