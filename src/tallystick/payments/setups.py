"""Writing and reading set-ups: tries of customers to store a payment method without paying."""

from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from django.db.models import Q

from tallystick.foundation.errors import NotFound
from tallystick.foundation.transactions import needs_transaction
from tallystick.payments.setup_models import MethodSetup

# The row as use cases hold it: locked, never saved by them.
SetupRow: TypeAlias = MethodSetup

_FIELDS = (
    *("id", "customer_id", "account_id", "makes_default", "method_id", "state", "action_url"),
    *("decline_code", "message", "created_at", "asked_at", "ended_at"),
)


@needs_transaction
def begin(*, customer_id: UUID, account_id: UUID, makes_default: bool, return_url: str, at: datetime) -> UUID:
    """This function will write down a set-up before it is ordered, and return its id."""
    row = MethodSetup.objects.create(
        customer_id=customer_id,
        account_id=account_id,
        makes_default=makes_default,
        return_url=return_url,
        created_at=at,
    )
    return row.id


@needs_transaction
def locked(setup_id: UUID) -> MethodSetup:
    """This function will lock a set-up until the transaction ends.

    Raises:
        NotFound: when there is none.
    """
    row = MethodSetup.objects.select_for_update(of=("self",)).filter(id=setup_id).first()
    if row is None:
        raise NotFound(kind="set-up of a payment method")
    return row


def setup(setup_id: UUID, *, of_customer: UUID | None = None) -> dict[str, Any]:
    """This function will return a set-up; for a customer only one of their own.

    Raises:
        NotFound: when there is none.
    """
    rows = MethodSetup.objects.filter(id=setup_id)
    if of_customer is not None:
        rows = rows.filter(customer_id=of_customer)
    row: dict[str, Any] | None = rows.values(*_FIELDS).first()
    if row is None:
        raise NotFound(kind="set-up of a payment method")
    return row


def waiting(customer_id: UUID, *, since: datetime) -> list[dict[str, Any]]:
    """This function will return a customer's set-ups since a moment that wait for the customer, the newest first."""
    rows = MethodSetup.objects.filter(
        customer_id=customer_id, created_at__gte=since, state=MethodSetup.State.ACTION_REQUIRED
    )
    return list(rows.order_by("-created_at").values(*_FIELDS))


def unsettled(*, asked_before: datetime, limit: int) -> list[UUID]:
    """This function will return live set-ups that nobody has asked about since a moment: the sweeper's work."""
    rows = MethodSetup.objects.filter(state__in=MethodSetup.LIVE, created_at__lt=asked_before)
    rows = rows.filter(Q(asked_at=None) | Q(asked_at__lt=asked_before))
    return list(rows.order_by("created_at").values_list("id", flat=True)[:limit])
