"""Short ways to tell of disputes at the sandbox, and what stays true of a payment whatever becomes of one."""

from typing import Any
from uuid import UUID

from tallystick.payments import dispute_queries
from tallystick.payments import queries as payments
from tests.sandbox_service import shape
from tests.usecases.shop import Shop

DISPUTED_LATER = "4000000000000259"
# What the sandbox charges for a dispute.
FEE = 1500
ADDS_UP = ("allocated_minor", "difference_minor", "refunded_minor", "refund_reserved_minor", "lost_minor")


def dispute_at_gateway(shop: Shop, payment: UUID, **more: Any) -> str:
    """This function will have the payer dispute a payment at the gateway, and return the gateway's id of that."""
    (attempt,) = payments.attempts(payment)
    path = f"/v1/test/payments/{attempt['gateway_reference']}/dispute"
    return str(shape(shop.merchant.post(path, more))["id"])


def decide(shop: Shop, dispute: str, outcome: str, **more: Any) -> None:
    """This function will have the gateway decide a dispute."""
    shape(shop.merchant.post(f"/v1/test/disputes/{dispute}/close", {"outcome": outcome, **more}))


def counters(payment: UUID) -> tuple[int, int, int, int]:
    """This function will return what of a payment is allocated, unallocated, in dispute and lost; its sum holds."""
    row = payments.payment(payment)
    assert row["total_minor"] == row["unallocated_minor"] + sum(row[name] for name in ADDS_UP)
    return row["allocated_minor"], row["unallocated_minor"], row["disputed_minor"], row["lost_minor"]


def only_dispute(payment: UUID) -> dict[str, Any]:
    """This function will return the one dispute of a payment."""
    (row,) = dispute_queries.disputes_of(payment)
    return row
