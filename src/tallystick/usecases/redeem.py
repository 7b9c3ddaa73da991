"""Redeeming vouchers, by customers and for them (B14). Who guesses numbers is held back."""

from datetime import datetime
from uuid import UUID

from tallystick.customers.queries import customer_row
from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wallets import redeeming, voucher_codes
from tallystick.wallets.redeeming import VoucherUnknown
from tallystick.wire import vouchers as wire
from tallystick.wire.vouchers import RedemptionShape


def redeem_voucher(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    number: str,
    currency: str,
    idempotency_key: str | None = None,
) -> RedemptionShape:
    """This function will redeem a voucher into a customer's wallet, and return what it gave.

    `number` is the code as it was typed. After five wrong ones within an hour the customer is held back.

    Raises:
        NotAllowed, NotFound: when the actor may not, or there is no such customer.
        VoucherUnknown, VoucherHeldBack, VoucherNotActive, VoucherNotInTime, VoucherOfOtherCurrency, VoucherNotForYou,
            VoucherUsed, VoucherLimitReached, VoucherNeedsTopup: as the names say.
        InvalidField, NoExchangeRate: when the input cannot be used.
    """
    try:
        return _redeem(
            actor=actor,
            at=at,
            customer_id=customer_id,
            number=number,
            currency=currency,
            idempotency_key=idempotency_key,
        )
    except VoucherUnknown:
        # The refused redemption left no trace: that somebody tried is a fact of its own.
        _note_wrong(actor=actor, at=at, customer_id=customer_id)
        raise


@use_case(Permission.REDEEM_VOUCHERS)
def _redeem(
    *, actor: Actor, at: datetime, customer_id: UUID, number: str, currency: str, idempotency_key: str | None
) -> RedemptionShape:
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    customer_row(customer_id)
    plain = voucher_codes.read(number)
    # In groups, a long number would hold many that pass for one of a card.
    refuse_card_numbers(number=plain)
    if not plain or len(plain) > voucher_codes.LONGEST:
        raise InvalidField(name="number", reason="Enter the number of the voucher.")
    require_currency(currency=currency)
    payment_id = redeeming.redeem(
        customer_id=customer_id, currency=currency, typed=number, day=local_date(at), by=actor.label, at=at
    )
    shape = wire.one_redemption(payment_id)
    audit.record(actor=actor, at=at, action="redeem_voucher", kind="payment", object_id=payment_id, after=shape)
    return shape


@use_case(Permission.REDEEM_VOUCHERS)
def _note_wrong(*, actor: Actor, at: datetime, customer_id: UUID) -> None:
    redeeming.note_wrong(customer_id, by=actor.label, at=at)
