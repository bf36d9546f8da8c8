"""Storing what sources report, in the normal form of ``incoming``: the one way in for files, webhooks and pulls.

Told twice is told once. A report is merged with what is held by three rules:

- what the source has not changed since its last report is left alone, so that what was changed here stays;
- what both have changed stays as it is here;
- an order's and a shipment's status only ever moves on; payments, refunds and tracking events are only added.

A report that the source dates before its last one is passed over.
"""

from kefu.orders.taking.taking import AT_ONCE, Bad, Taken, rehearse, take

__all__ = ["AT_ONCE", "Bad", "Taken", "rehearse", "take"]
