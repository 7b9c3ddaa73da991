"""Writing purchases on the account and redeemed vouchers, completed from the beginning; the rest is in `wallets`."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import execute
from tallystick.foundation.transactions import needs_transaction
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.payments import states
from tallystick.payments.operations import AmountNotAccepted

# A row and its event are one statement: programs report many.
_RECORD: Final = """
WITH charge AS (
    INSERT INTO payments_payment (
        id, kind, status, customer_id, total_minor, currency, description, reference, received_date, created_at,
        completed_at, private_text, remark, customer_note, method, invoice_text, cancel_reason, failure_code,
        mails_confirmation, assignment_edits, allocated_minor, difference_minor, refunded_minor, refund_reserved_minor,
        lost_minor)
    VALUES (
        %(id)s, %(kind)s, %(status)s, %(customer_id)s, %(total_minor)s, %(currency)s, %(description)s, %(reference)s,
        %(day)s, %(at)s, %(at)s, %(private_text)s, '', '', '', '', '', '', false, 0, 0, 0, 0, 0, 0)
    RETURNING id
)
INSERT INTO payments_paymentevent (payment_id, at, event, from_status, to_status, actor_label, detail)
SELECT id, %(at)s, 'create', '', %(status)s, %(by)s, '{}'::jsonb FROM charge
"""


@needs_transaction
def record(
    *,
    customer_id: UUID,
    total_minor: int,
    currency: str,
    description: str,
    private_text: str,
    reference: str,
    day: date,
    by: str,
    at: datetime,
    kind: str = states.CHARGE,
) -> UUID:
    """This function will make the row of a purchase, or of a redeemed voucher, and return its id.

    It is born completed (`docs/model.md`, 3).

    Raises:
        AmountNotAccepted: when the total is not above 0, or beyond all measure.
    """
    if not 0 < total_minor <= LARGEST_MINOR:
        raise AmountNotAccepted
    states.require_birth(kind=kind, status=states.COMPLETED)
    charge_id = new_id()
    execute(
        _RECORD,
        {
            "id": charge_id,
            "kind": kind,
            "status": states.COMPLETED,
            "customer_id": customer_id,
            "total_minor": total_minor,
            "currency": currency,
            "description": description,
            "private_text": private_text,
            "reference": reference,
            "day": day,
            "by": by,
            "at": at,
        },
    )
    return charge_id
