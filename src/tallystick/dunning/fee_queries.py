"""Reading late fees."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tallystick.dunning.models import LateFee
from tallystick.foundation.rows import fetch

_FEES: Final = """
SELECT reminder_id, late_invoice_id, invoice_id, currency, fee_minor FROM dunning_latefee
WHERE (late_invoice_id = ANY(%(invoices)s) OR invoice_id = ANY(%(invoices)s)) AND taken_back_at IS NULL
ORDER BY billed_at, id
"""


@dataclass(frozen=True, kw_only=True)
class LateFeeFacts:
    """A late fee that was billed: for which reminder, because of which invoice, on which one, in minor units.

    One that was taken back, because nobody got the reminder, has none.
    """

    reminder_id: UUID | None
    late_invoice_id: UUID
    invoice_id: UUID
    currency: str
    fee_minor: int


def late_fees_of(invoice_ids: Iterable[UUID]) -> list[LateFeeFacts]:
    """This function will return the late fees that were billed because of some invoices, or on them, the oldest first;
    those that were taken back are left out.
    """
    return [LateFeeFacts(**row) for row in fetch(_FEES, {"invoices": list(set(invoice_ids))})]


def late_fee_of_reminder(reminder_id: UUID) -> LateFeeFacts | None:
    """This function will return the late fee of a reminder, if one was billed."""
    row = LateFee.objects.filter(reminder_id=reminder_id).values(*LateFeeFacts.__dataclass_fields__).first()
    return None if row is None else LateFeeFacts(**row)
