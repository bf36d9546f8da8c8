"""The addresses of this room: where providers tell their news, and the desk's pages."""

from __future__ import annotations

from django.urls import include, path

from kefu.claims import notices
from kefu.claims.acts import ACTS
from kefu.claims.refund_acts import REFUND_ACTS
from kefu.claims.views import beginning, claim, files, listing, receiving, reconciling, refunds, unpaid

C = "console/claims/<uuid:claim>"
R = "console/refunds/<uuid:refund>"

urlpatterns = [
    path("", include("kefu.claims.settings_urls")),
    path("-/providers/<uuid:account_id>", notices.provider_door, name="provider_door"),
    path("console/claims/", listing.claims, name="claims"),
    path("console/claims/new", beginning.new_claim, name="new-claim"),
    path("console/claims/new/serial", beginning.by_serial, name="new-claim-serial"),
    path("console/claims/new/unit", beginning.unit_registered, name="new-claim-unit"),
    path("console/claims/receiving", receiving.receiving, name="receiving"),
    path("console/claims/files/<str:ticket>", files.by_ticket, name="evidence-file"),
    path(C, claim.claim, name="claim"),
    path(f"{C}/order", claim.order, name="claim-order"),
    *(path(f"{C}/{act.noun}", claim.taking(act), name=act.address) for act in ACTS),
    path(f"{C}/lines/<uuid:line>/finding", claim.finding, name="claim-finding"),
    path(f"{C}/evidence", claim.evidence_added, name="claim-evidence"),
    path(f"{C}/evidence/<uuid:evidence>", files.evidence, name="evidence"),
    path("console/refunds/", refunds.refunds, name="refunds"),
    path("console/refunds/unpaid", unpaid.unpaid, name="unpaid"),
    path("console/refunds/reconciliation", reconciling.reconciliation, name="reconciliation"),
    path("console/refunds/export", reconciling.export, name="refunds-export"),
    path(R, refunds.refund, name="refund"),
    *(path(f"{R}/{act.noun}", refunds.taking(act), name=act.address) for act in REFUND_ACTS),
]
