"""Jobs of live chat: clearing away proofs and browsers whose time is over."""

from __future__ import annotations

from django.utils import timezone
from procrastinate import Blueprint

from kefu.inboxes.chat.models import SpentProof

jobs = Blueprint()


@jobs.periodic(cron="41 * * * *")
@jobs.task(name="forget_spent_proofs", queueing_lock="forget_spent_proofs")
def forget_spent_proofs(timestamp: int) -> None:
    """A proof that has expired is refused for that; it need not be remembered as well."""
    SpentProof.objects.filter(expires_at__lt=timezone.now()).delete()
