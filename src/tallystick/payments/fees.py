"""Writing the fees that gateways report: once for each of their fee ids (J35). Typed fees never post."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import needs_transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.queries import rate_on, worth_at
from tallystick.payments import posting_rules
from tallystick.payments.models import GatewayFee, Payment


@needs_transaction
def report(
    *,
    payment_id: UUID,
    account_id: UUID,
    external_id: str,
    amount_minor: int,
    currency: str,
    day: date,
    at: datetime,
) -> bool:
    """This function will write down a reported fee and post it; False when it was reported before.

    The payment shows it as its fee, for reference, when the currencies agree (A12).
    """
    fee_id = new_id()
    fee = GatewayFee(
        id=fee_id,
        account_id=account_id,
        external_id=external_id,
        payment_id=payment_id,
        amount_minor=amount_minor,
        currency=currency,
        reported_at=at,
    )
    GatewayFee.objects.bulk_create([fee], ignore_conflicts=True)
    if not GatewayFee.objects.filter(id=fee_id).exists():
        return False
    worth = worth_at(amount_minor, currency, rate_on(currency, day))
    draft = posting_rules.report_fee(fee_id=fee_id, gateway_account_id=account_id, worth=worth)
    ledger.post([draft], effective_date=day, at=at)
    Payment.objects.filter(id=payment_id, currency=currency).update(
        fee_minor=Coalesce(F("fee_minor"), Value(0)) + amount_minor
    )
    return True
