"""Tracking services that must be asked: subscribed where that is possible, polled where it is not."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from kefu.orders import kuaidi100
from kefu.orders.models import TrackingKind, TrackingService

logger = logging.getLogger(__name__)
AT_ONCE = 200


def askable() -> Iterable[TrackingService]:
    return TrackingService.objects.filter(kind=TrackingKind.KUAIDI100, is_active=True)


def ask_for_due(service: TrackingService) -> int:
    """Subscribe to new parcels, and ask for those that could not be subscribed to. Says how many had news."""
    news = 0
    for shipment in kuaidi100.due(service)[:AT_ONCE]:
        try:
            if shipment.asked_at is None:
                kuaidi100.watch(service, shipment)
            else:
                news += kuaidi100.ask(service, shipment)
        except kuaidi100.NoAnswer as problem:
            logger.warning(
                "a tracking service did not answer", extra={"service": str(service.pk), "why": str(problem)}
            )
            kuaidi100.put_off(shipment)
    return news
