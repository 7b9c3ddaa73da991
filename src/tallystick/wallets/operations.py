"""Writing wallets: top-ups into lots and back out of them, gifts, and debit limits. Purchases are in `charges`.

Whoever moves prepaid money locks the wallet's row, and its customer before it, as everybody who posts; the documents
and payments that they lock besides come first.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final, TypeAlias
from uuid import UUID

from tallystick.allocations import operations as allocations
from tallystick.allocations.operations import InvoiceNotOpen, require_fitting
from tallystick.customers.queries import customer_row
from tallystick.foundation.errors import Conflict, Invalid
from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import columns, execute, fetch, fetch_one, instances
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices.operations import InvoiceRow
from tallystick.invoices.states import SENT
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import CUSTOMER_CREDIT, WALLET_PAID, WALLET_PROMOTIONAL
from tallystick.ledger.entries import Worth
from tallystick.ledger.queries import base_currency, carried, carried_part, rate_on, worth_at
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.money.split import pro_rata
from tallystick.payments.operations import PaymentRow
from tallystick.wallets import posting_rules, taxing
from tallystick.wallets.drawing import Part, draw
from tallystick.wallets.expiry import expire_lots, last_day, undo_expiry
from tallystick.wallets.models import Lot, Wallet
from tallystick.wallets.posting_rules import Held
from tallystick.wallets.queries import lots_to_draw_from
from tallystick.wallets.taxing import TaxWithin

_HOLD: Final = "SELECT id FROM customers_customer WHERE id = %s FOR NO KEY UPDATE"
_LOCKED: Final = (
    f"SELECT {columns(Wallet)} FROM wallets_wallet "  # noqa: S608 - our own columns
    "WHERE customer_id = %s AND currency = %s FOR UPDATE"
)
_OPEN: Final = (
    "INSERT INTO wallets_wallet (id, customer_id, currency, debit_limit_minor, beyond_minor) "
    "VALUES (%s, %s, %s, 0, 0) ON CONFLICT (customer_id, currency) DO NOTHING"
)
_BEYOND: Final = """
SELECT id, charge_id, drawn_minor - returned_minor AS minor FROM wallets_draw
WHERE wallet_id = %s AND lot_id IS NULL AND drawn_minor > returned_minor ORDER BY id
"""
_OF_LOT: Final = """
SELECT id, charge_id, drawn_minor - returned_minor AS minor FROM wallets_draw
WHERE wallet_id = %s AND lot_id = %s AND drawn_minor > returned_minor ORDER BY id
"""
_TAKEN_BACK_NOW: Final = """
SELECT lot.expires_date FROM wallets_lot lot JOIN allocations_allocation allocation ON allocation.id = lot.allocation_id
WHERE allocation.invoice_id = %s AND allocation.payment_id = %s AND lot.taken_back_at = %s LIMIT 1
"""
_BONUS: Final = "SELECT lot_id FROM wallets_redemption WHERE topup_id = %s"
_LESS_DRAWN: Final = "UPDATE wallets_draw SET drawn_minor = drawn_minor - %s WHERE id = %s"
_LESS_LEFT: Final = "UPDATE wallets_lot SET left_minor = left_minor - %s WHERE id = %s"
_TAKE_OVER: Final = """
INSERT INTO wallets_draw (charge_id, wallet_id, lot_id, drawn_minor, returned_minor) VALUES (%s, %s, %s, %s, 0)
ON CONFLICT (charge_id, lot_id) DO UPDATE SET drawn_minor = wallets_draw.drawn_minor + excluded.drawn_minor
"""

# The row as other rooms hold it: locked, never saved by them.
WalletRow: TypeAlias = Wallet


@dataclass(kw_only=True, eq=False)
class TopupSpent(Conflict):
    """A top-up is taken back only while nothing of it was spent (D11, `docs/model.md`, 20)."""

    code: ClassVar[str] = "topup_spent"
    sentence: ClassVar[str] = (
        "Part of this top-up was spent or has expired, so it cannot be taken back. Credit the purchases first if they "
        "were wrong."
    )

    lot_id: UUID
    spent_minor: int
    currency: str


@dataclass(kw_only=True, eq=False)
class LimitNotAccepted(Invalid):
    """A debit limit is an amount from 0."""

    code: ClassVar[str] = "limit_not_accepted"
    sentence: ClassVar[str] = "Enter a limit of 0 or more."
    field: ClassVar[str | None] = "debit_limit_minor"


@needs_transaction
def locked(customer_id: UUID, currency: str) -> Wallet:
    """This function will lock a customer's wallet in a currency until the transaction ends; the first time it is made.

    Raises:
        NotFound: when there is no such customer.
    """
    execute(_HOLD, [customer_id])
    found = instances(Wallet, _LOCKED, [customer_id, currency])
    if not found:
        execute(_OPEN, [new_id(), customer_row(customer_id).id, currency])
        found = instances(Wallet, _LOCKED, [customer_id, currency])
    return found[0]


@needs_transaction
def provision(claim: InvoiceRow, payment: PaymentRow, amount_minor: int, *, day: date, at: datetime) -> UUID:
    """This function will set a part of a payment against a top-up request (J16), and return the allocation's id.

    Both must be locked, the request first. A wallet that was used beyond what is prepaid is filled first; a lot opens
    with the amount, of which that part is spent already. Where tax is due on top-up the lot holds what is left without
    it; the purchases beyond prepaid were taxed before, so that what fills the wallet is an allocation of its own.

    Raises:
        InvoiceNotOpen, InvoiceOverpaid: when the request cannot take it.
        AmountNotAccepted, PaymentNotCompleted, PaymentOverspent, DifferentPayer: when the payment cannot give it.
    """
    if claim.state != SENT or claim.open_minor == 0:
        raise InvoiceNotOpen(invoice_id=claim.id, state=claim.state)
    require_fitting(claim, amount_minor, payment=payment)
    wallet = locked(claim.customer_id, claim.currency)
    rate = taxing.rate_on_topup(claim.id)
    if rate is None:
        return _provision(claim, payment, wallet, amount_minor, within=None, day=day, at=at)
    filled_minor = min(amount_minor, wallet.beyond_minor)
    if filled_minor:
        filling_id = _provision(claim, payment, wallet, filled_minor, within=None, day=day, at=at)
        if filled_minor == amount_minor:
            return filling_id
    rest_minor = amount_minor - filled_minor
    within = taxing.tax_within(claim, rate, rest_minor)
    return _provision(claim, payment, wallet, rest_minor, within=within, day=day, at=at)


def _provision(
    claim: InvoiceRow,
    payment: PaymentRow,
    wallet: Wallet,
    amount_minor: int,
    *,
    within: TaxWithin | None,
    day: date,
    at: datetime,
) -> UUID:
    """Set an amount against a request (J16), taxed now or on use, and open its lot; returns the allocation's id."""
    allocation_id, lot_id = new_id(), new_id()
    given = carried_part(CUSTOMER_CREDIT, payment.id, amount_minor, claim.currency)
    tax = None if within is None else within.of(given)
    net = given if tax is None else tax.out_of(given)
    draft = posting_rules.provision(
        allocation_id=allocation_id,
        customer_id=claim.customer_id,
        payment_id=payment.id,
        given=given,
        parts=paid_in(wallet, lot_id, net),
        tax=tax,
    )
    entry_id = ledger.post([draft], effective_date=day, at=at)[0]
    allocations.write(allocation_id, claim, amount_minor, payment=payment, entry_id=entry_id, at=at)
    open_paid(
        wallet,
        lot_id,
        net.minor,
        allocation_id=allocation_id,
        is_taxed=within is not None,
        expires_date=_last_day(claim, payment, day=day, at=at),
        at=at,
    )
    if within is not None:
        taxing.issue(claim, lot_id, within, amount_minor, day=day, at=at)
    return allocation_id


def _last_day(claim: InvoiceRow, payment: PaymentRow, *, day: date, at: datetime) -> date | None:
    """Until when a top-up of now can be used: what stays of one that is taken back in this act keeps its last day."""
    if claim.expires_months is None:
        return None
    before = fetch_one(_TAKEN_BACK_NOW, [claim.id, payment.id, at])
    return last_day(day, claim.expires_months) if before is None else before["expires_date"]


@needs_transaction
def take_back(allocation_id: UUID, *, day: date, at: datetime, even_spent: bool = False) -> None:
    """This function will undo an allocation to a top-up request (J17): its lot closes, the money is credit again.

    With `even_spent`, for money that its payer took back (J42), what was spent of it comes out of the other paid lots,
    and beyond them the wallet is used more than is prepaid and blocked until it is filled. What expired of it did not:
    its payer has it.

    Raises:
        NotFound: when there is none, or it was released before.
        TopupSpent: when a part of its lot was spent or expired, unless `even_spent`.
    """
    standing = allocations.locked(allocation_id)
    claim, payment = standing.claim, standing.payment
    if payment is None:
        raise AssertionError(allocation_id)  # the database refuses a credit note that provisions
    wallet = locked(claim.customer_id, claim.currency)
    # Read under the wallet's lock: a purchase may have been faster.
    lot = Lot.objects.get(allocation_id=allocation_id)
    spent = lot.amount_minor - lot.left_minor
    if spent and not even_spent:
        raise TopupSpent(lot_id=lot.id, spent_minor=spent, currency=claim.currency)
    if lot.expired_minor:
        spent -= undo_expiry(lot.id, day=day, at=at)
        lot.refresh_from_db()
    others = [
        each
        for each in lots_to_draw_from(wallet.id, day=day)
        if not each.is_promotional and each.is_taxed == lot.is_taxed
    ]
    parts = [
        Part(lot_id=lot.id, is_promotional=False, minor=lot.left_minor),
        *draw(spent, [each for each in others if each.lot_id != lot.id]),
    ]
    draft = posting_rules.take_back(
        allocation_id=allocation_id,
        customer_id=claim.customer_id,
        payment_id=payment.id,
        parts=[held(wallet, part, day=day) for part in parts if part.minor],
        entry_id=standing.row.entry_id,
        tax=taxing.posted_tax(standing.row.entry_id) if lot.is_taxed else None,
    )
    ledger.post([draft], effective_date=day, at=at)
    for part in parts[1:]:
        _move_draws(fetch(_OF_LOT, [wallet.id, lot.id]), wallet, part.lot_id, part.minor)
        if part.lot_id is None:
            wallet.beyond_minor, wallet.blocked_at = wallet.beyond_minor + part.minor, at
            wallet.save(update_fields=["beyond_minor", "blocked_at"])
        else:
            execute(_LESS_LEFT, [part.minor, part.lot_id])
    # What a voucher added to it goes with it, as far as it is there.
    expire_lots([row["lot_id"] for row in fetch(_BONUS, [lot.id])], day=day, at=at)
    lot.left_minor, lot.taken_back_at = 0, at
    lot.save(update_fields=["left_minor", "taken_back_at"])
    allocations.strike(standing, at=at)


@needs_transaction
def grant(
    *,
    customer_id: UUID,
    currency: str,
    amount_minor: int,
    source: str,
    expires_date: date | None,
    day: date,
    at: datetime,
) -> UUID:
    """This function will open a lot of promotional credit (J23), and return its id. `source` says what it is.

    It pays purchases only: it fills no wallet that was used beyond what is prepaid, and is never paid out.

    Raises:
        NoExchangeRate: when the currency has no rate on that day.
    """
    wallet = locked(customer_id, currency)
    lot_id = new_id()
    draft = posting_rules.grant(
        lot_id=lot_id, customer_id=customer_id, worth=worth_at(amount_minor, currency, rate_on(currency, day))
    )
    ledger.post([draft], effective_date=day, at=at)
    Lot.objects.create(
        id=lot_id,
        wallet=wallet,
        kind=Lot.Kind.PROMOTIONAL,
        amount_minor=amount_minor,
        left_minor=amount_minor,
        source=source,
        opened_at=at,
        expires_date=expires_date,
    )
    return lot_id


@needs_transaction
def set_debit_limit(*, customer_id: UUID, currency: str, debit_limit_minor: int) -> int:
    """This function will say how far below zero authorisations may bring a wallet, and return what was said before.

    Raises:
        LimitNotAccepted: when it is below 0, or beyond all measure.
    """
    if not 0 <= debit_limit_minor <= LARGEST_MINOR:
        raise LimitNotAccepted
    wallet = locked(customer_id, currency)
    before, wallet.debit_limit_minor = wallet.debit_limit_minor, debit_limit_minor
    wallet.save(update_fields=["debit_limit_minor"])
    return before


def paid_in(wallet: Wallet, lot_id: UUID, given: Worth) -> list[Held]:
    """This function will say where paid money goes: into what was used beyond prepaid first, the rest into a lot."""
    filled_minor = min(given.minor, wallet.beyond_minor)
    rest_minor = given.minor - filled_minor
    rest = Worth(rest_minor, given.currency, pro_rata(given.base_minor, rest_minor, given.minor))
    filled = Held(per=wallet.id, is_promotional=False, worth=beyond_worth(wallet, filled_minor))
    lot = Held(per=lot_id, is_promotional=False, worth=rest)
    return [part for part in (filled, lot) if part.worth.minor]


@needs_transaction
def open_paid(
    wallet: Wallet,
    lot_id: UUID,
    amount_minor: int,
    *,
    at: datetime,
    allocation_id: UUID | None = None,
    is_taxed: bool = False,
    source: str = "",
    expires_date: date | None = None,
) -> None:
    """This function will open a lot of paid money in a locked wallet, which it fills first (`paid_in` was posted).

    It comes from an allocation, or `source` says in words from what.
    """
    filled_minor = min(amount_minor, wallet.beyond_minor)
    Lot.objects.create(
        id=lot_id,
        wallet=wallet,
        kind=Lot.Kind.PAID,
        amount_minor=amount_minor,
        left_minor=amount_minor - filled_minor,
        allocation_id=allocation_id,
        is_taxed=is_taxed,
        source=source,
        opened_at=at,
        expires_date=expires_date,
    )
    take_over(wallet, lot_id, filled_minor)


@needs_transaction
def take_over(wallet: Wallet, lot_id: UUID, minor: int) -> None:
    """This function will let a lot of a locked wallet stand for what charges took beyond all lots, the oldest first.

    What is left of the lot must be without that amount already.
    """
    if minor == 0:
        return
    _move_draws(fetch(_BEYOND, [wallet.id]), wallet, lot_id, minor)
    wallet.beyond_minor -= minor
    if wallet.beyond_minor == 0:
        wallet.blocked_at = None
    wallet.save(update_fields=["beyond_minor", "blocked_at"])


def held(wallet: Wallet, part: Part, *, day: date) -> Held:
    """This function will value a part of a wallet that is drawn: at what it is carried at, beyond all lots at today's.

    Raises:
        NoExchangeRate: when the currency has no rate on that day.
    """
    if part.lot_id is None:
        worth = worth_at(part.minor, wallet.currency, rate_on(wallet.currency, day))
        return Held(per=wallet.id, is_promotional=False, worth=worth)
    account = WALLET_PROMOTIONAL if part.is_promotional else WALLET_PAID
    worth = carried_part(account, part.lot_id, part.minor, wallet.currency)
    return Held(per=part.lot_id, is_promotional=part.is_promotional, worth=worth)


def _move_draws(draws: list[dict[str, Any]], wallet: Wallet, lot_id: UUID | None, minor: int) -> None:
    """Let another lot, or none, stand for so much of what these draws took, the oldest first."""
    left = minor
    for drawn in draws:
        taken = min(left, drawn["minor"])
        execute(_LESS_DRAWN, [taken, drawn["id"]])
        execute(_TAKE_OVER, [drawn["charge_id"], wallet.id, lot_id, taken])
        left -= taken
        if left == 0:
            break


def beyond_worth(wallet: Wallet, minor: int) -> Worth:
    """This function will value a part of what a wallet was used beyond what is prepaid, by what that is carried at."""
    if wallet.currency == base_currency() or minor == 0:
        return Worth(minor, wallet.currency, minor)
    whole = carried(WALLET_PAID, wallet.id)
    if whole is None:
        raise AssertionError(wallet.id)  # what is beyond was posted when it was drawn
    return Worth(minor, wallet.currency, pro_rata(-whole.base_minor, minor, -whole.minor))
