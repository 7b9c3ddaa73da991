"""Reading what waits for a second person, and what was decided."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.payments.approval_models import ApprovalRequest

STATES: Final = ("waiting", "approved", "declined")
_FIELDS: Final = (
    "id",
    "act",
    "arguments",
    "payment_id",
    "customer_id",
    "amount_minor",
    "currency",
    "state",
    "asked_by",
    "asked_label",
    "asked_at",
    "decided_label",
    "decided_at",
    "reason",
    "result_id",
)


@dataclass(frozen=True, kw_only=True)
class ApprovalFilter:
    """Which requests a list shows. Empty fields do not narrow; of several values any one fits."""

    state: tuple[str, ...] = ()
    act: tuple[str, ...] = ()
    customer_id: UUID | None = None
    payment_id: UUID | None = None


def approval(request_id: UUID) -> dict[str, Any]:
    """This function will return the columns of a request.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = ApprovalRequest.objects.filter(id=request_id).values(*_FIELDS).first()
    if row is None:
        raise NotFound(kind="approval request")
    return row


def approvals_page(wanted: ApprovalFilter, *, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of requests, the newest first."""
    exact: dict[str, Any] = {
        "state__in": wanted.state,
        "act__in": wanted.act,
        "customer_id": wanted.customer_id,
        "payment_id": wanted.payment_id,
    }
    rows = ApprovalRequest.objects.filter(**{column: value for column, value in exact.items() if value})
    return page(rows.values(*_FIELDS), order=("-asked_at", "-id"), cursor=cursor, limit=limit)


def waiting_for(payment_id: UUID) -> dict[str, Any] | None:
    """This function will return the request about a payment that waits, or None."""
    rows = ApprovalRequest.objects.filter(payment_id=payment_id, state="waiting")
    row: dict[str, Any] | None = rows.values(*_FIELDS).first()
    return row
