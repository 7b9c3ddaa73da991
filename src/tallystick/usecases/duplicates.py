"""The refusal to record the same money twice without being told so."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from tallystick.foundation.errors import Conflict
from tallystick.payments.lookalikes import Sought, lookalikes


@dataclass(kw_only=True, eq=False)
class DuplicatePayment(Conflict):
    """A payment that looks the same is recorded already, and nobody said that this is another one."""

    code: ClassVar[str] = "duplicate_payment"
    sentence: ClassVar[str] = (
        "A payment of the same customer and amount, with the same date or reference, is recorded already. "
        "Say so if this is another one."
    )

    payment_id: UUID


def refuse_duplicate(payer_id: UUID | None, total_minor: int, currency: str, day: date | None, reference: str) -> None:
    """This function will refuse money that looks like a payment that is there: same customer, amount, day or reference.

    Raises:
        DuplicatePayment: when there is one.
    """
    sought = Sought(
        customer_id=payer_id, total_minor=total_minor, currency=currency, received_date=day, reference=reference
    )
    for alike in lookalikes([sought]).values():
        raise DuplicatePayment(payment_id=alike["id"])
