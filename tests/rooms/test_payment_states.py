"""The grid: every pair of status and event, by the table and through the room, and refusals that leave no trace."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tallystick.foundation.transactions import transaction
from tallystick.payments import operations, states
from tallystick.payments.models import Payment, PaymentEvent

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
# Written out, so that a change of the table must be made twice, on purpose (`docs/model.md`, 3).
ALLOWED = {
    ("pending", "start"): "processing",
    ("pending", "complete"): "completed",
    ("pending", "fail"): "failed",
    ("pending", "cancel"): "cancelled",
    ("processing", "complete"): "completed",
    ("processing", "fail"): "failed",
    ("processing", "cancel"): "cancelled",
    ("failed", "start"): "processing",
    ("failed", "complete"): "completed",
    ("failed", "cancel"): "cancelled",
}


def payment_in(status: str) -> Payment:
    with transaction():
        row = operations.create(
            kind="receipt", status="pending", total_minor=500, currency="EUR", at=AT, by="Ada", method="cash"
        )
        if status in {"processing", "failed"}:
            operations.move(row, "start", by="Ada", at=AT)
        if status == "failed":
            operations.move(row, "fail", by="Ada", at=AT)
        if status == "cancelled":
            operations.move(row, "cancel", by="Ada", at=AT)
        if status == "completed":
            operations.complete(row, received_date=date(2026, 3, 1), today=date(2026, 3, 1), by="Ada", at=AT)
    return row


@pytest.mark.django_db
@pytest.mark.parametrize("event", states.EVENTS)
@pytest.mark.parametrize("status", states.STATUSES)
def test_each_pair_of_status_and_event(status: str, event: str) -> None:
    row = payment_in(status)
    events = PaymentEvent.objects.count()

    def happen() -> None:
        with transaction():
            locked = operations.locked(row.id)
            if event == "complete":
                operations.complete(locked, received_date=date(2026, 3, 1), today=date(2026, 3, 1), by="Ada", at=AT)
            else:
                operations.move(locked, event, by="Ada", at=AT)

    if (status, event) in ALLOWED:
        happen()
        assert Payment.objects.get().status == ALLOWED[(status, event)]
        assert PaymentEvent.objects.count() == events + 1
    else:
        before = Payment.objects.values().get()
        with pytest.raises(states.PaymentTransitionRefused) as refused:
            happen()
        assert status in str(refused.value)
        assert Payment.objects.values().get() == before
        assert PaymentEvent.objects.count() == events


@pytest.mark.django_db
@pytest.mark.parametrize("status", states.STATUSES)
@pytest.mark.parametrize("kind", ["scheduled", "receipt", "voucher", "charge", "refund"])
def test_each_kind_is_born_only_where_the_model_says(kind: str, status: str) -> None:
    born: dict[str, set[str]] = {
        "scheduled": {"pending"},
        "receipt": {"pending", "completed", "cancelled"},
        "voucher": {"completed"},
        "charge": {"completed"},
        "refund": {"pending"},
    }
    if status in born[kind]:
        states.require_birth(kind=kind, status=status)
        return
    wrong: dict[str, Any] = {"kind": kind, "status": status, "total_minor": 1, "currency": "EUR", "at": AT, "by": "Ada"}
    with pytest.raises(states.PaymentBirthRefused), transaction():
        operations.create(**wrong)
    assert not Payment.objects.exists()


def test_the_database_knows_the_same_statuses() -> None:
    assert set(Payment.Status.values) == set(states.STATUSES)
    assert set(Payment.Kind.values) == set(states.BORN)
