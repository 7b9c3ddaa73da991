"""Purchases on the account: charged to the wallet, credited back, authorised beforehand (A18, B16, model 19)."""

from datetime import datetime
from uuid import UUID

from tallystick.catalog.operations import Archived
from tallystick.catalog.queries import tax_rate
from tallystick.customers.queries import customer_row
from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.payments import operations as payments
from tallystick.payments import private_text
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wallets import charges, queries
from tallystick.wallets import operations as wallets
from tallystick.wire import wallets as wire
from tallystick.wire.wallets import AccountChargeShape, AuthorisationShape, WalletShape

LONGEST_DESCRIPTION = 500
LONGEST_EXTERNAL_ID = 120


@use_case(Permission.CHARGE_ACCOUNTS)
def charge_account(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    currency: str,
    total_minor: int,
    tax_rate_id: UUID,
    description: str,
    external_id: str = "",
    idempotency_key: str | None = None,
) -> AccountChargeShape:
    """This function will record a purchase, and draw it from the customer's wallet at once (J18).

    A delivered service is always recorded, whatever is left and whatever the debit limit. `total_minor` includes the
    tax; the part that promotional credit pays is not taxed. `description` is split at its first `#`.

    Raises:
        NotFound, Archived: when the customer or the tax rate does not exist, or cannot be chosen any more.
        ChargeReportedBefore: when there is a charge with this external id.
        AmountNotAccepted, InvalidField, NoExchangeRate: when the input cannot be used.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    _check(currency, description=description, external_id=external_id)
    rate = tax_rate(tax_rate_id)
    if rate.is_archived:
        raise Archived(kind="tax rate")
    public, private = private_text.split(description)
    charge_id = charges.charge(
        customer_id=customer_id,
        currency=currency,
        total_minor=total_minor,
        rate=rate,
        description=public,
        private_text=private,
        external_id=external_id,
        day=local_date(at),
        by=actor.label,
        at=at,
    )
    shape = wire.one_charge(charge_id)
    audit.record(actor=actor, at=at, action="charge_account", kind="payment", object_id=charge_id, after=shape)
    return shape


@use_case(Permission.CREDIT_CHARGES)
def credit_charge(
    *,
    actor: Actor,
    at: datetime,
    charge_id: UUID,
    reason: str,
    amount_minor: int | None = None,
    idempotency_key: str | None = None,
) -> AccountChargeShape:
    """This function will credit a purchase back into the lots it came from (J19); without an amount all that is left.

    Raises:
        NotFound: when there is no such charge.
        ChargeOvercredited: when more would be credited than is left of it.
        AmountNotAccepted, InvalidField: when the amount is not above 0, or no reason is given.
    """
    del idempotency_key
    if not reason.strip():
        raise InvalidField(name="reason", reason="Say why this purchase is credited.")
    refuse_card_numbers(reason=reason)
    before = queries.charge(charge_id)
    require_own(actor, before["payment__customer_id"], kind="charge")
    credited = charges.credit(charge_id, amount_minor, day=local_date(at), at=at)
    payment = payments.locked(charge_id)
    payments.note(
        payment,
        event="credit",
        before=payment.status,
        by=actor.label,
        at=at,
        detail={"amount_minor": str(credited), "reason": reason.strip()},
    )
    shape = wire.one_charge(charge_id)
    audit.record(
        actor=actor,
        at=at,
        action="credit_charge",
        kind="payment",
        object_id=charge_id,
        before={"credited_minor": before["credited_minor"]},
        after={"credited_minor": shape["credited_minor"], "amount_minor": credited, "reason": reason},
    )
    return shape


@use_case(Permission.CHARGE_ACCOUNTS)
def authorise_charge(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    currency: str,
    total_minor: int,
    idempotency_key: str | None = None,
) -> AuthorisationShape:
    """This function will say that the wallet covers an amount, its debit limit included. It holds nothing.

    Raises:
        NotFound: when there is no such customer.
        DebitLimitReached: when the wallet does not cover it.
        AmountNotAccepted, InvalidField: when the input cannot be used.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    _check(currency)
    if not 0 < total_minor <= LARGEST_MINOR:
        raise payments.AmountNotAccepted
    available = queries.available(customer_row(customer_id).id, currency, day=local_date(at))
    if total_minor > available:
        raise charges.DebitLimitReached(available_minor=max(available, 0), currency=currency)
    return wire.authorisation(customer_id, currency, available)


@use_case(Permission.SET_DEBIT_LIMITS)
def set_debit_limit(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    currency: str,
    debit_limit_minor: int,
    idempotency_key: str | None = None,
) -> WalletShape:
    """This function will say how far below zero authorisations may bring a customer's wallet in a currency.

    Raises:
        NotFound: when there is no such customer.
        LimitNotAccepted, InvalidField: when the limit or the currency cannot be used.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    _check(currency)
    before = wallets.set_debit_limit(customer_id=customer_id, currency=currency, debit_limit_minor=debit_limit_minor)
    audit.record(
        actor=actor,
        at=at,
        action="set_debit_limit",
        kind="customer",
        object_id=customer_id,
        before={"debit_limit_minor": before, "currency": currency},
        after={"debit_limit_minor": debit_limit_minor, "currency": currency},
    )
    return wire.one_wallet(customer_id, currency, today=local_date(at))


def _check(currency: str, *, description: str | None = None, external_id: str = "") -> None:
    require_currency(currency=currency)
    if description is None:
        return
    refuse_card_numbers(description=description, external_id=external_id)
    if not private_text.split(description).public or len(description) > LONGEST_DESCRIPTION:
        raise InvalidField(
            name="description", reason=f"Say what was bought, in at most {LONGEST_DESCRIPTION} characters."
        )
    if len(external_id) > LONGEST_EXTERNAL_ID:
        raise InvalidField(name="external_id", reason=f"An external id has at most {LONGEST_EXTERNAL_ID} characters.")
