from kefu.claims.machines import Kind, Status, Who
from kefu.claims.models.centres import ReturnCentre
from kefu.claims.models.changes import Changed, OrderChange
from kefu.claims.models.claims import Claim, ClaimLine, ClaimStep, Verdict
from kefu.claims.models.evidence import Evidence
from kefu.claims.models.goods import ClaimShipment, Inspection, Repair
from kefu.claims.models.policies import Policy
from kefu.claims.models.refunds import Adjustment, ProviderAccount, ProviderNotice, Refund, RefundState

__all__ = [
    "Adjustment",
    "Changed",
    "Claim",
    "ClaimLine",
    "ClaimShipment",
    "ClaimStep",
    "Evidence",
    "Inspection",
    "Kind",
    "OrderChange",
    "Policy",
    "ProviderAccount",
    "ProviderNotice",
    "Refund",
    "RefundState",
    "Repair",
    "ReturnCentre",
    "Status",
    "Verdict",
    "Who",
]
