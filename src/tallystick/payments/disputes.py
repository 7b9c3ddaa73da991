"""Writing disputes: money of a payment that its payer takes back (`docs/model.md`, 17).

While one is open the money stays where it is, and the payment counts how much of it is in dispute: that part can be
neither refunded nor released. What is freed before a lost dispute takes it is said in the use case.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, TypeAlias
from uuid import UUID

from tallystick.foundation.errors import Conflict, Invalid, NotFound
from tallystick.foundation.rows import execute
from tallystick.foundation.transactions import needs_transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import CHEQUES, CUSTOMER_CREDIT, DISPUTE_LOSSES, DISPUTED_FUNDS, SUSPENSE
from tallystick.ledger.entries import Worth
from tallystick.ledger.queries import carried_part, rate_on, worth_at
from tallystick.money.amounts import Money
from tallystick.money.currencies import Currency
from tallystick.money.split import pro_rata
from tallystick.payments import dispute_states as states
from tallystick.payments import operations, posting_rules
from tallystick.payments.cheques import is_deposited
from tallystick.payments.dispute_models import Dispute
from tallystick.payments.dispute_queries import RETURNED_BY_BANKS
from tallystick.payments.models import Payment
from tallystick.payments.posting_rules import MONEY_IN
from tallystick.payments.states import COMPLETED, RECEIPT, SCHEDULED

# The row as other rooms hold it: locked, never saved by them.
DisputeRow: TypeAlias = Dispute

# In the list, behind every day on which evidence is due: open ones without such a day, then those that are decided.
_SOME_DAY: Final = date(9998, 12, 31)
_DECIDED: Final = date(9999, 12, 31)

# What is in dispute is what the open ones are about, as far as the payment still has it.
_COUNT = """
UPDATE payments_payment payment SET
    lost_minor = lost_minor + %(lost)s,
    disputed_minor = LEAST(
        allocated_minor + unallocated_minor - %(lost)s,
        (SELECT coalesce(sum(amount_minor), 0) FROM payments_dispute
         WHERE payment_id = payment.id AND state = 'opened'))
WHERE id = %(payment)s
"""


@dataclass(kw_only=True, eq=False)
class DisputeNotAccepted(Invalid):
    """The payment cannot be disputed like this."""

    code: ClassVar[str] = "dispute_not_accepted"
    sentence: ClassVar[str] = "{reason}"

    reason: str


@dataclass(kw_only=True, eq=False)
class DisputeExceedsPayment(Conflict):
    """No more can be disputed than was received, all disputes of the payment that are not won together."""

    code: ClassVar[str] = "dispute_exceeds_payment"
    sentence: ClassVar[str] = "Only {left_minor} of this payment can still be disputed."
    field: ClassVar[str | None] = "amount_minor"

    payment_id: UUID
    left_minor: int
    currency: str


@needs_transaction
def locked(dispute_id: UUID) -> Dispute:
    """This function will lock the dispute until the transaction ends; its payment is locked before it.

    Raises:
        NotFound: when there is none.
    """
    row = Dispute.objects.select_for_update(of=("self",)).filter(id=dispute_id).first()
    if row is None:
        raise NotFound(kind="dispute")
    return row


@needs_transaction
def open_dispute(
    payment: Payment,
    *,
    amount_minor: int,
    took_funds: bool,
    reason_code: str,
    evidence_due_date: date | None,
    external_id: str = "",
    day: date,
    by: str,
    at: datetime,
) -> Dispute:
    """This function will open a dispute about a part of a locked payment; when the gateway took the funds, J40 posts.

    Without that it is an inquiry, which posts nothing.

    Raises:
        PaymentNotCompleted: when there is no money to dispute.
        DisputeNotAccepted: when it did not come through a gateway: a bank sends money back at once; or a part of what
            was exchanged is meant.
        DisputeExceedsPayment: when that much of it was not received, or is disputed already.
        NoExchangeRate: when the currency has no rate on that day.
    """
    if payment.method != posting_rules.GATEWAY:
        raise DisputeNotAccepted(
            reason="Only money that came through a payment service is disputed there. Record a bank return instead."
        )
    _require_all_of_what_came(payment, amount_minor)
    dispute = _begin(payment, kind=states.CHARGEBACK, amount_minor=amount_minor, reason_code=reason_code, at=at)
    dispute.account_id, dispute.external_id = payment.account_id, external_id
    dispute.evidence_due_date = evidence_due_date
    dispute.sort_date = evidence_due_date or _SOME_DAY
    dispute.save(force_insert=True)
    _tell(payment, dispute, "dispute", by=by, at=at)
    if took_funds:
        take_funds(dispute, payment, day=day, by=by, at=at)
    return dispute


@needs_transaction
def take_funds(dispute: Dispute, payment: Payment, *, day: date, by: str, at: datetime) -> None:
    """This function will book that the gateway took the money of a locked dispute, at the rate of the day (J40).

    Of what came in another currency than it is credited in it took what came.

    Raises:
        DisputeTransitionRefused: when it took it before.
        NoExchangeRate: when the currency has no rate on that day.
    """
    _move(dispute, states.TAKE_FUNDS)
    minor, currency = _funds(dispute, payment)
    worth = worth_at(minor, currency, rate_on(currency, day))
    draft = posting_rules.take_funds(dispute_id=dispute.id, gateway_account_id=dispute.account_id, worth=worth)
    ledger.post([draft], effective_date=day, at=at)
    count(payment.id)
    _tell(payment, dispute, "dispute_funds", by=by, at=at)


@needs_transaction
def charge_fee(dispute: Dispute, *, fee_minor: int, fee_currency: str, day: date, at: datetime) -> None:
    """This function will book what the gateway charged for a locked dispute (J40), in minor units, once.

    Raises:
        NoExchangeRate: when the currency of the fee has no rate on that day.
    """
    if dispute.fee_minor or fee_minor <= 0:
        return
    worth = worth_at(fee_minor, fee_currency, rate_on(fee_currency, day))
    draft = posting_rules.charge_dispute_fee(dispute_id=dispute.id, gateway_account_id=dispute.account_id, worth=worth)
    ledger.post([draft], effective_date=day, at=at)
    dispute.fee_minor, dispute.fee_currency = fee_minor, fee_currency
    dispute.save(update_fields=["fee_minor", "fee_currency"])


@needs_transaction
def win(dispute: Dispute, payment: Payment, *, returns_fee: bool, day: date, by: str, at: datetime) -> None:
    """This function will close a locked dispute as won: what was apart comes back, and the fee if it does (J41).

    Raises:
        DisputeTransitionRefused: when it is decided.
    """
    took_funds = dispute.state == states.OPENED
    _move(dispute, states.WIN, at=at)
    funds = carried_part(DISPUTED_FUNDS, dispute.id, *_funds(dispute, payment)) if took_funds else None
    returned = returns_fee and dispute.fee_minor > 0
    fee = carried_part(DISPUTE_LOSSES, dispute.id, dispute.fee_minor, dispute.fee_currency) if returned else None
    draft = posting_rules.win_dispute(
        dispute_id=dispute.id, gateway_account_id=dispute.account_id, funds=funds, fee=fee
    )
    ledger.post([draft], effective_date=day, at=at)
    dispute.fee_returned = returned
    dispute.save(update_fields=["fee_returned"])
    count(payment.id)
    _tell(payment, dispute, "dispute_won", by=by, at=at)


@needs_transaction
def lose(dispute: Dispute, payment: Payment, *, day: date, by: str, at: datetime) -> None:
    """This function will close a locked dispute as lost: what is unallocated of its payment is taken (J42).

    What the payment has no more, because it was refunded before, is a loss.

    Raises:
        DisputeTransitionRefused: when it is decided, or no funds were taken.
    """
    states.next_state(dispute_id=dispute.id, state=dispute.state, event=states.LOSE)
    funds = carried_part(DISPUTED_FUNDS, dispute.id, *_funds(dispute, payment))
    lost = _lost(dispute, payment, Worth(dispute.amount_minor, dispute.currency, funds.base_minor))
    came = None if payment.came_minor is None else funds
    ledger.post([posting_rules.lose_dispute(lost, came=came)], effective_date=day, at=at)
    dispute.taken_minor, dispute.loss_minor = lost.taken.minor, lost.loss.minor
    _move(dispute, states.LOSE, at=at)
    count(payment.id, lost_minor=lost.taken.minor)
    _tell(payment, dispute, "dispute_lost", by=by, at=at)


@needs_transaction
def return_to_bank(
    payment: Payment, *, amount_minor: int, reason_code: str, returned_date: date, today: date, by: str, at: datetime
) -> Dispute:
    """This function will write down that the payer's bank sent back a part of a locked payment: lost at once (J43).

    What is unallocated of the payment is taken; what it has no more, because it was refunded before, is a loss.

    Raises:
        PaymentNotCompleted: when there is no money that could be sent back.
        DisputeNotAccepted: when it came neither through a bank nor by cheque, or a part of what was exchanged is meant.
        DisputeExceedsPayment: when that much of it was not received, or went back already.
        ReceivedInFuture: when the day is to come.
        NoExchangeRate: when the currency has no rate on that day.
    """
    if payment.method not in RETURNED_BY_BANKS:
        raise DisputeNotAccepted(reason="Only a bank transfer, a direct debit or a cheque can be sent back by a bank.")
    _require_all_of_what_came(payment, amount_minor)
    if returned_date > today:
        raise operations.ReceivedInFuture(received_date=returned_date, today=today)
    dispute = _begin(payment, kind=states.BANK_RETURN, amount_minor=amount_minor, reason_code=reason_code, at=at)
    deposited = is_deposited(payment.id)
    in_hand = MONEY_IN[payment.method] is CHEQUES and not deposited
    gone, came = _gone(payment, amount_minor, returned_date, in_hand=in_hand)
    lost = _lost(dispute, payment, gone)
    draft = posting_rules.return_to_bank(lost, method=payment.method, came=came, is_deposited=deposited)
    ledger.post([draft], effective_date=returned_date, at=at)
    dispute.state, dispute.closed_at, dispute.sort_date = states.LOST, at, _DECIDED
    dispute.taken_minor, dispute.loss_minor = lost.taken.minor, lost.loss.minor
    dispute.save(force_insert=True)
    count(payment.id, lost_minor=lost.taken.minor)
    _tell(payment, dispute, "bank_return", by=by, at=at)
    return dispute


@needs_transaction
def take_losses(payment_id: UUID, *, day: date, by: str, at: datetime) -> None:
    """This function will take from a payment what its lost disputes could not take, after a refund of it failed (J42).

    Until then that part was refunded, and so it was a loss; now the payer has it by the dispute alone.
    """
    # One after the other: each leaves less for the next.
    lost = Dispute.objects.select_for_update(of=("self",)).filter(payment_id=payment_id, loss_minor__gt=0)
    for dispute in lost.order_by("id"):
        payment = operations.locked(payment_id)
        minor = min(dispute.loss_minor, payment.unallocated_minor)
        if not minor:
            return
        holder = SUSPENSE if payment.customer_id is None else CUSTOMER_CREDIT
        draft = posting_rules.take_loss(
            dispute_id=dispute.id,
            payment_id=payment_id,
            customer_id=payment.customer_id,
            taken=carried_part(holder, payment_id, minor, payment.currency),
            loss=carried_part(DISPUTE_LOSSES, dispute.id, minor, dispute.currency),
        )
        ledger.post([draft], effective_date=day, at=at)
        dispute.taken_minor += minor
        dispute.loss_minor -= minor
        dispute.save(update_fields=["taken_minor", "loss_minor"])
        count(payment_id, lost_minor=minor)
        detail = {"amount": str(Money(minor, Currency(dispute.currency)))}
        operations.note(payment, event="loss_taken", before=payment.status, by=by, at=at, detail=detail)


@needs_transaction
def adopt(dispute: Dispute, *, external_id: str, reason_code: str, evidence_due_date: date | None) -> None:
    """This function will give a locked dispute that was recorded by hand the id by which its gateway knows it."""
    dispute.external_id = external_id
    dispute.reason_code = reason_code or dispute.reason_code
    dispute.evidence_due_date = evidence_due_date or dispute.evidence_due_date
    if dispute.state in states.OPEN:
        dispute.sort_date = dispute.evidence_due_date or _SOME_DAY
    dispute.save(update_fields=["external_id", "reason_code", "evidence_due_date", "sort_date"])


def require_releasable(payment: Payment, amount_minor: int) -> None:
    """This function will refuse to release so much of what is allocated of a locked payment, if it is in dispute.

    Unallocated money is what a dispute is about first; what it is about beyond that stays allocated.

    Raises:
        PaymentDisputed: when it is.
    """
    held_minor = max(0, payment.disputed_minor - payment.unallocated_minor)
    if amount_minor > payment.allocated_minor - held_minor:
        raise operations.PaymentDisputed(payment_id=payment.id)


@needs_transaction
def count(payment_id: UUID, *, lost_minor: int = 0) -> None:
    """This function will count anew how much of a locked payment is in dispute, after `lost_minor` of it was taken.

    A refund that failed gives back money that an open dispute may be about.
    """
    execute(_COUNT, {"payment": payment_id, "lost": lost_minor})


def _begin(payment: Payment, *, kind: str, amount_minor: int, reason_code: str, at: datetime) -> Dispute:
    if amount_minor <= 0:
        raise operations.AmountNotAccepted
    if payment.status != COMPLETED or payment.reversed_at is not None or payment.kind not in {RECEIPT, SCHEDULED}:
        raise operations.PaymentNotCompleted(payment_id=payment.id)
    standing = Dispute.objects.filter(payment_id=payment.id).exclude(state=states.WON)
    left = payment.total_minor - sum(standing.values_list("amount_minor", flat=True))
    if amount_minor > left:
        raise DisputeExceedsPayment(payment_id=payment.id, left_minor=left, currency=payment.currency)
    return Dispute(
        payment=payment,
        kind=kind,
        state=states.INQUIRY,
        amount_minor=amount_minor,
        currency=payment.currency,
        reason_code=reason_code[:60],
        opened_at=at,
    )


def _require_all_of_what_came(payment: Payment, amount_minor: int) -> None:
    if payment.came_minor is not None and amount_minor != payment.total_minor:
        raise DisputeNotAccepted(
            reason="It came in another currency than it is credited in, so what is taken back is all of it or nothing."
        )


def _funds(dispute: Dispute, payment: Payment) -> tuple[int, str]:
    """What a gateway takes for a dispute, in minor units, and in which currency: that in which it came."""
    if payment.came_minor is None:
        return dispute.amount_minor, dispute.currency
    return payment.came_minor, payment.came_currency


def _gone(payment: Payment, amount_minor: int, day: date, *, in_hand: bool) -> tuple[Worth, Worth | None]:
    """What a bank return takes, in the currency of the payment; and what came, if that was in another one.

    Both have the same base amount: that of the cheque in hand, or the worth on the day of the return.
    """
    exchanged = payment.came_minor is not None
    minor, currency = (
        (payment.came_minor or 0, payment.came_currency) if exchanged else (amount_minor, payment.currency)
    )
    if in_hand:
        out = carried_part(CHEQUES, payment.id, minor, currency)
    else:
        out = worth_at(minor, currency, rate_on(currency, day))
    return (Worth(amount_minor, payment.currency, out.base_minor), out) if exchanged else (out, None)


def _lost(dispute: Dispute, payment: Payment, gone: Worth) -> posting_rules.Lost:
    """What is unallocated of the payment goes first; the rest is a loss. Its base amount goes with it, pro rata."""
    minor, currency = min(dispute.amount_minor, payment.unallocated_minor), dispute.currency
    part = Worth(minor, currency, pro_rata(gone.base_minor, minor, gone.minor))
    holder = SUSPENSE if payment.customer_id is None else CUSTOMER_CREDIT
    return posting_rules.Lost(
        dispute_id=dispute.id,
        payment_id=payment.id,
        customer_id=payment.customer_id,
        taken=carried_part(holder, payment.id, minor, currency) if minor else part,
        gone=part,
        loss=Worth(gone.minor - minor, currency, gone.base_minor - part.base_minor),
    )


def _move(dispute: Dispute, event: str, *, at: datetime | None = None) -> None:
    dispute.state = states.next_state(dispute_id=dispute.id, state=dispute.state, event=event)
    if dispute.state not in states.OPEN:
        dispute.closed_at, dispute.sort_date = at, _DECIDED
    dispute.save(update_fields=["state", "closed_at", "sort_date", "taken_minor", "loss_minor"])


def _tell(payment: Payment, dispute: Dispute, event: str, *, by: str, at: datetime) -> None:
    detail = {"amount": str(Money(dispute.amount_minor, Currency(dispute.currency)))}
    operations.note(payment, event=event, before=payment.status, by=by, at=at, detail=detail)
