"""The one job of the demo."""

from __future__ import annotations

from typing import Any

from procrastinate import Blueprint, RetryStrategy

jobs = Blueprint()


@jobs.task(name="tell_claims", queueing_lock="tell_claims", retry=RetryStrategy(max_attempts=5, wait=5))
def tell_claims(plans: list[dict[str, Any]]) -> None:
    from kefu.demo import claims  # here: every desk knows this job, and none but the demo's needs its stories

    claims.tell(plans)
