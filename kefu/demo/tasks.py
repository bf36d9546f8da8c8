"""The one job of the demo."""

from __future__ import annotations

from typing import Any

from procrastinate import Blueprint

from kefu.demo import claims

jobs = Blueprint()


@jobs.task(name="tell_claims", queueing_lock="tell_claims")
def tell_claims(plans: list[dict[str, Any]]) -> None:
    claims.tell(plans)
