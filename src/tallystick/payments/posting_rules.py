"""What payments post (`docs/chart-of-accounts.md`): J04 to J07, J11, J27, J30, J33, J35,
J40 to J43, J50. Pure functions.

All money comes in through 2100 or 2000; only `completed` posts. Setting it against an invoice is J08, in `allocations`.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from tallystick.ledger.accounts import (
    BANK_CLEARING,
    CASH,
    CHEQUES,
    CURRENCY_EXCHANGE,
    CUSTOMER_CREDIT,
    DISPUTE_LOSSES,
    DISPUTED_FUNDS,
    GATEWAY_CLEARING,
    GATEWAY_FEES,
    SUSPENSE,
    Account,
)
from tallystick.ledger.entries import EntryDraft, Line, Worth, credit, debit, exchange_difference, mirror

GATEWAY: Final = "gateway"

# "Money in" of the chart, by how the money comes.
MONEY_IN: Final[dict[str, Account]] = {
    "cash": CASH,
    "cheque": CHEQUES,
    "bank_transfer": BANK_CLEARING,
    "direct_debit": BANK_CLEARING,
    GATEWAY: GATEWAY_CLEARING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A completed receipt as the books see it. `came` is what came, when that was in another currency than `worth`."""

    payment_id: UUID
    customer_id: UUID | None
    method: str
    gateway_account_id: UUID | None
    worth: Worth
    rate: Decimal | None
    rate_source: str
    came: Worth | None = None


def complete(receipt: Receipt) -> EntryDraft:
    """This function will return the entry of a completed receipt: to customer credit (J04), or suspense (J05).

    What came in another currency is exchanged on its way (J50).
    """
    account, per = money_in(receipt)
    if receipt.came is not None:
        return EntryDraft(
            rule="J50",
            subject_kind="payment",
            subject_id=receipt.payment_id,
            lines=_exchanged(receipt, receipt.came),
            rate=receipt.rate,
            rate_source=receipt.rate_source,
        )
    return EntryDraft(
        rule="J05" if receipt.customer_id is None else "J04",
        subject_kind="payment",
        subject_id=receipt.payment_id,
        lines=(
            debit(account, receipt.worth, per=per),
            held(receipt.payment_id, receipt.customer_id, receipt.worth, side="C"),
        ),
        rate=receipt.rate,
        rate_source=receipt.rate_source,
    )


def assign(payment_id: UUID, customer_id: UUID, worth: Worth) -> EntryDraft:
    """This function will return the entry that moves a receipt out of suspense to a customer (J06)."""
    return EntryDraft(
        rule="J06",
        subject_kind="payment",
        subject_id=payment_id,
        lines=(held(payment_id, None, worth, side="D"), held(payment_id, customer_id, worth, side="C")),
    )


def unassign(payment_id: UUID, customer_id: UUID, worth: Worth) -> EntryDraft:
    """This function will return the entry that moves what is left of a receipt back to suspense (J07)."""
    return EntryDraft(
        rule="J07",
        subject_kind="payment",
        subject_id=payment_id,
        lines=(held(payment_id, customer_id, worth, side="D"), held(payment_id, None, worth, side="C")),
    )


def reverse(receipt: Receipt) -> EntryDraft:
    """This function will return the counter-entry of a wrong receipt, its allocations released (J11)."""
    account, per = money_in(receipt)
    plain = (
        held(receipt.payment_id, receipt.customer_id, receipt.worth, side="D"),
        credit(account, receipt.worth, per=per),
    )
    return EntryDraft(
        rule="J11",
        subject_kind="payment",
        subject_id=receipt.payment_id,
        lines=plain if receipt.came is None else mirror(_exchanged(receipt, receipt.came)),
        rate=receipt.rate,
        rate_source=receipt.rate_source,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOut:
    """A completed refund as the books see it: out of the credit of a payment, or out of suspense.

    `carried` is what the credit is carried at; `paid` the same amount at the rate of the day. `went` is what goes out,
    at the rate of the day, when the money came in another currency than it was credited in: then `paid` is worth that.
    """

    refund_id: UUID
    source_id: UUID
    customer_id: UUID | None
    method: str
    gateway_account_id: UUID | None
    carried: Worth
    paid: Worth
    went: Worth | None = None


def refund(out: PaidOut) -> EntryDraft:
    """This function will return the entry of a completed refund (J27), with its exchange difference (J51).

    What came in another currency goes back in that: both meet in 1900, as they did when it came (J50).
    """
    account, per = _money_in(out.method, out.refund_id, out.gateway_account_id)
    gone: tuple[Line, ...] = (credit(account, out.paid, per=per),)
    if out.went is not None:
        gone = (
            credit(CURRENCY_EXCHANGE, out.paid, per=out.refund_id),
            debit(CURRENCY_EXCHANGE, out.went, per=out.refund_id),
            credit(account, out.went, per=per),
        )
    return EntryDraft(
        rule="J27",
        subject_kind="payment",
        subject_id=out.refund_id,
        lines=(
            held(out.source_id, out.customer_id, out.carried, side="D"),
            *gone,
            *exchange_difference(out.carried, out.paid, per=out.refund_id),
        ),
    )


def report_fee(*, fee_id: UUID, gateway_account_id: UUID, worth: Worth) -> EntryDraft:
    """This function will return the entry of a fee that a gateway reported (J35). Typed fees never post."""
    return EntryDraft(
        rule="J35",
        subject_kind="gateway_fee",
        subject_id=fee_id,
        lines=(
            debit(GATEWAY_FEES, worth, per=gateway_account_id),
            credit(GATEWAY_CLEARING, worth, per=gateway_account_id),
        ),
    )


def take_funds(*, dispute_id: UUID, gateway_account_id: UUID | None, worth: Worth) -> EntryDraft:
    """This function will return the entry of a dispute for which the gateway took the money from us (J40)."""
    return EntryDraft(
        rule="J40",
        subject_kind="dispute",
        subject_id=dispute_id,
        lines=(
            debit(DISPUTED_FUNDS, worth, per=dispute_id),
            credit(GATEWAY_CLEARING, worth, per=gateway_account_id),
        ),
    )


def charge_dispute_fee(*, dispute_id: UUID, gateway_account_id: UUID | None, worth: Worth) -> EntryDraft:
    """This function will return the entry of what the gateway charged for a dispute (J40, its fee)."""
    return EntryDraft(
        rule="J40",
        subject_kind="dispute",
        subject_id=dispute_id,
        lines=(
            debit(DISPUTE_LOSSES, worth, per=dispute_id),
            credit(GATEWAY_CLEARING, worth, per=gateway_account_id),
        ),
    )


def win_dispute(
    *, dispute_id: UUID, gateway_account_id: UUID | None, funds: Worth | None, fee: Worth | None
) -> EntryDraft:
    """This function will return the entry of a won dispute: the funds come back, and the fee if it does (J41).

    Either is None when nothing of it comes back.
    """
    back = [(account, worth) for account, worth in ((DISPUTED_FUNDS, funds), (DISPUTE_LOSSES, fee)) if worth]
    return EntryDraft(
        rule="J41",
        subject_kind="dispute",
        subject_id=dispute_id,
        lines=tuple(
            line
            for account, worth in back
            for line in (
                debit(GATEWAY_CLEARING, worth, per=gateway_account_id),
                credit(account, worth, per=dispute_id),
            )
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A lost dispute as the books see it. What is gone was apart (1130), or has left the account of a bank return.

    `taken` is what the payment still had, as its credit carries it; `gone` the same part as the other side carries it;
    `loss` the part that the payment had no more, because it was refunded before.
    """

    dispute_id: UUID
    payment_id: UUID
    customer_id: UUID | None
    taken: Worth
    gone: Worth
    loss: Worth


def lose_dispute(lost: Lost, *, came: Worth | None = None) -> EntryDraft:
    """This function will return the entry of a lost dispute (J42), with its exchange difference (J51).

    `came` is what was apart, when that is in another currency than it is credited in (J50).
    """
    return EntryDraft(
        rule="J42",
        subject_kind="dispute",
        subject_id=lost.dispute_id,
        lines=_lost_lines(lost, DISPUTED_FUNDS, lost.dispute_id, came=came),
    )


def take_loss(*, dispute_id: UUID, payment_id: UUID, customer_id: UUID | None, taken: Worth, loss: Worth) -> EntryDraft:
    """This function will return the entry by which a lost dispute takes what it could not take at first (J42).

    It was a loss, because it had been refunded; the refund failed. `loss` is the same part as account 6110 carries it.
    """
    return EntryDraft(
        rule="J42",
        subject_kind="dispute",
        subject_id=dispute_id,
        lines=(
            held(payment_id, customer_id, taken, side="D"),
            credit(DISPUTE_LOSSES, loss, per=dispute_id),
            *exchange_difference(taken, loss, per=dispute_id),
        ),
    )


def deposit_cheque(payment_id: UUID, worth: Worth, *, is_undone: bool = False) -> EntryDraft:
    """This function will return the entry of a cheque that was brought to the bank (J33), or the undo of it."""
    lines = (debit(BANK_CLEARING, worth, per=payment_id), credit(CHEQUES, worth, per=payment_id))
    return EntryDraft(
        rule="J33", subject_kind="payment", subject_id=payment_id, lines=mirror(lines) if is_undone else lines
    )


def return_to_bank(lost: Lost, *, method: str, came: Worth | None = None, is_deposited: bool = False) -> EntryDraft:
    """This function will return the entry of a payment that the payer's bank sent back (J43), with its J51.

    A cheque that is still in hand is there no more; whatever else came, a deposited cheque as well, is missing from the
    bank, which its statement will show in a line of its own. `came` is what came, when that was in another currency
    than it is credited in: the bank takes that, and both currencies meet in 1900 as they did when it came (J50).
    """
    account = BANK_CLEARING if is_deposited else MONEY_IN[method]
    per = lost.payment_id if account is CHEQUES else lost.dispute_id
    lines = _lost_lines(lost, account, per, came=came)
    return EntryDraft(rule="J43", subject_kind="dispute", subject_id=lost.dispute_id, lines=lines)


def _lost_lines(lost: Lost, account: Account, per: UUID, *, came: Worth | None) -> tuple[Line, ...]:
    """What is taken and what is a loss on one side, the account that it is gone from on the other.

    What came in another currency is gone from there; both meet in 1900.
    """
    if came is not None:
        return (
            *_lost_lines(lost, CURRENCY_EXCHANGE, lost.dispute_id, came=None),
            debit(CURRENCY_EXCHANGE, came, per=lost.dispute_id),
            credit(account, came, per=per),
        )
    whole = Worth(lost.gone.minor + lost.loss.minor, lost.gone.currency, lost.gone.base_minor + lost.loss.base_minor)
    taken = (held(lost.payment_id, lost.customer_id, lost.taken, side="D"),) if lost.taken.minor else ()
    loss = (debit(DISPUTE_LOSSES, lost.loss, per=lost.dispute_id),) if lost.loss.minor else ()
    return (
        *taken,
        *loss,
        credit(account, whole, per=per),
        *exchange_difference(lost.taken, lost.gone, per=lost.dispute_id),
    )


def money_in(receipt: Receipt) -> tuple[Account, UUID | None]:
    """This function will return the account that the money came into, and the object that it is kept by there."""
    return _money_in(receipt.method, receipt.payment_id, receipt.gateway_account_id)


def _exchanged(receipt: Receipt, came: Worth) -> tuple[Line, ...]:
    """Both currencies meet in 1900 at what came is worth in base; what the credit is worth beside that goes to 6810."""
    account, per = money_in(receipt)
    passed_on = Worth(receipt.worth.minor, receipt.worth.currency, came.base_minor)
    return (
        debit(account, came, per=per),
        credit(CURRENCY_EXCHANGE, came, per=receipt.payment_id),
        debit(CURRENCY_EXCHANGE, passed_on, per=receipt.payment_id),
        held(receipt.payment_id, receipt.customer_id, receipt.worth, side="C"),
        *exchange_difference(passed_on, receipt.worth, per=receipt.payment_id),
    )


def held(payment_id: UUID, customer_id: UUID | None, worth: Worth, *, side: str) -> Line:
    """This function will return a line on the account that holds a payment: credit of its customer, or suspense."""
    account = SUSPENSE if customer_id is None else CUSTOMER_CREDIT
    make = debit if side == "D" else credit
    return make(account, worth, customer_id=customer_id, per=payment_id)


def _money_in(method: str, payment_id: UUID, gateway_account_id: UUID | None) -> tuple[Account, UUID | None]:
    account = MONEY_IN[method]
    if account is CASH:
        return account, None
    return account, gateway_account_id if account is GATEWAY_CLEARING else payment_id
