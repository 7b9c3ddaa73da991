"""Writing what a change of plan or an early end does to billed periods."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models.functions import Greatest

from tallystick.foundation.transactions import needs_transaction
from tallystick.subscriptions import billing
from tallystick.subscriptions.billing import BilledDays
from tallystick.subscriptions.models import AdjustmentLine, BilledPeriod


@needs_transaction
def shorten(subscription_id: UUID, *, day: date) -> None:
    """This function will let billed periods end on `day` at the latest; one that begins later has no days left."""
    BilledPeriod.objects.filter(subscription_id=subscription_id, period_end__gt=day).update(
        period_end=Greatest("period_start", day)
    )


@needs_transaction
def bill(periods: Iterable[BilledDays], *, at: datetime) -> None:
    """This function will record days that are on an invoice now.

    Raises:
        IntegrityError: when one of them was billed before (`one_bill_per_period`, `no_day_is_billed_twice`).
    """
    billing.record(periods, at=at)


@needs_transaction
def note_lines(subscription_id: UUID, *, invoice_id: UUID, line_ids: Iterable[UUID]) -> None:
    """This function will note lines that belong to a subscription and bill no period of it."""
    AdjustmentLine.objects.bulk_create(
        AdjustmentLine(line_id=line_id, subscription_id=subscription_id, invoice_id=invoice_id) for line_id in line_ids
    )
