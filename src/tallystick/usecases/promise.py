"""Bank transfers that a customer promises: expected money with a reference, reserving nothing (B11, model 4 and 7).

Staff complete them when the money is here. Contacts of a customer whom the business trusts, up to a cap for each,
complete their own (A16).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _

from tallystick.allocations import operations as allocations
from tallystick.customers.queries import customer
from tallystick.foundation import audit, jobs
from tallystick.foundation.business import bank_account
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict, InvalidField, NotAllowed
from tallystick.foundation.files import File
from tallystick.foundation.permissions import Actor
from tallystick.foundation.uploads import read_upload
from tallystick.ledger.queries import NoExchangeRate
from tallystick.payments import expected, proofs, states, terms
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.payments.attempts import PaymentInProgress
from tallystick.payments.operations import PaymentRow
from tallystick.usecases import completing
from tallystick.usecases.aims import Chosen, aimed, receipt_for
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.limits import COMPLETING_ABOVE, is_above, read_limit
from tallystick.usecases.roles import Permission
from tallystick.usecases.transfers import transfer_reference
from tallystick.wire import builders
from tallystick.wire.shapes import PaymentShape

BANK_TRANSFER = "bank_transfer"
_LONGEST_REFERENCE = 100


class TransfersNotOffered(Conflict):
    """The business has named no account to transfer this currency to."""

    code: ClassVar[str] = "transfers_not_offered"
    sentence: ClassVar[str] = "Bank transfers in this currency are not offered. Pay in another way."
    field: ClassVar[str | None] = "method"


@dataclass(kw_only=True, eq=False)
class TransferNotPromised(Conflict):
    """The payment is no bank transfer that is still expected."""

    code: ClassVar[str] = "transfer_not_promised"
    sentence: ClassVar[str] = "This is not a bank transfer that we are waiting for."

    payment_id: UUID


class OwnTransfersNotTrusted(Conflict):
    """The business does not let this customer complete its own transfers."""

    code: ClassVar[str] = "own_transfers_not_trusted"
    sentence: ClassVar[str] = "You cannot confirm bank transfers yourself. We do it as soon as the money is here."


class OwnTransferAboveCap(Conflict):
    """The transfer is above what this customer may complete itself, or above what one person may complete alone."""

    code: ClassVar[str] = "own_transfer_above_cap"
    sentence: ClassVar[str] = (
        "This transfer is above the amount that you may confirm yourself. We confirm it as soon as the money is here."
    )


@use_case(Permission.COLLECT_PAYMENTS)
def promise_transfer(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    amounts: Mapping[UUID, int | None] | Chosen,
    on_account_minor: int = 0,
    currency: str | None = None,
    note: str = "",
    terms_sha256: str | None = None,
    idempotency_key: str | None = None,
) -> PaymentShape:
    """This function will expect a bank transfer, and mail where to send it (B11). What is paid on account is as in
    `usecases.collect.pay`.

    For all that is open of one invoice it is that invoice's expected payment; else a pending receipt that is meant for
    what was named.

    Raises:
        TransfersNotOffered: when the business has named no bank account for the currency.
        InvalidField, AmountNotAccepted: when there is nothing to pay, or an amount is not above 0.
        NotFound, InvoiceNotOpen, InvoiceOverpaid, DifferentPayer: when an invoice cannot be paid so by this customer.
        PaymentInProgress: when a gateway is processing one of them.
        ChoiceChanged: when a choice comes to something else than it showed.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    refuse_card_numbers(note=note)
    aim = aimed(customer_id=customer_id, amounts=amounts, on_account_minor=on_account_minor, currency=currency)
    if bank_account(aim.currency) is None:
        raise TransfersNotOffered
    payment = None
    if aim.only_invoice is not None and aim.is_whole:
        payment = _expected(aim.only_invoice, by=actor.label, at=at)
    if payment is None:
        payment = receipt_for(aim, method=BANK_TRANSFER, mails_confirmation=True, by=actor.label, at=at)
        allocations.aim(payment.id, aim.amounts)
        payments.describe(payment, reference=transfer_reference(payment_queries.public_payment(payment.id)))
    if note:
        payments.describe(payment, customer_note=note[:500])
    if terms_sha256 is not None:
        terms.accept(payment, terms_sha256, by=actor.label, at=at)
    payments.note(payment, event="promise", before=payment.status, by=actor.label, at=at)
    jobs.defer("mail.transfer", payment_id=str(payment.id))
    return _told(payment.id, "promise_transfer", actor=actor, at=at)


@use_case(Permission.COLLECT_PAYMENTS)
def say_sent(
    *,
    actor: Actor,
    at: datetime,
    payment_id: UUID,
    reference: str = "",
    proof_name: str = "",
    proof: bytes | None = None,
    idempotency_key: str | None = None,
) -> PaymentShape:
    """This function will note that the customer says to have sent a promised transfer; it stays pending (model 7).

    `proof` is the bank's confirmation, a PDF or a picture of at most 10 MB, for staff to find the money by.

    Raises:
        NotFound: when there is no such payment.
        TransferNotPromised: when it is not waited for.
        InvalidField: when the reference is too long.
        FileNotAccepted: when the proof cannot be kept.
    """
    del idempotency_key
    refuse_card_numbers(reference=reference, proof=proof_name)
    typed = reference.strip()
    if len(typed) > _LONGEST_REFERENCE:
        most = {"most": _LONGEST_REFERENCE}
        raise InvalidField(name="reference", reason=_("A reference has at most %(most)s characters.") % most)
    payment, row = _promised(payment_id, actor)
    if typed:
        ours = [] if payment.kind == states.SCHEDULED else [transfer_reference(row)]
        payments.describe(payment, reference=" · ".join([*ours, typed]))
    said = {"reference": typed} if typed else {}
    if proof is not None:
        upload = read_upload(proof_name, proof)
        proofs.add(payment, upload, by=actor.label, at=at)
        said["proof"] = upload.name
    payments.note(payment, event="say_sent", before=payment.status, by=actor.label, at=at, detail=said)
    return _told(payment_id, "say_sent", actor=actor, at=at)


@use_case(Permission.COLLECT_PAYMENTS)
def withdraw_promise(
    *, actor: Actor, at: datetime, payment_id: UUID, idempotency_key: str | None = None
) -> PaymentShape:
    """This function will withdraw a promised transfer: the receipt is cancelled, or the invoice is as before.

    Raises:
        NotFound: when there is no such payment.
        TransferNotPromised: when it is not waited for.
    """
    del idempotency_key
    payment, _row = _promised(payment_id, actor)
    if payment.kind == states.SCHEDULED:
        payments.describe(payment, method="", reference="")
        payments.note(payment, event="withdraw_promise", before=payment.status, by=actor.label, at=at)
    else:
        payments.move(payment, states.CANCEL, by=actor.label, at=at, cancel_reason="cancelled")
    return _told(payment_id, "withdraw_promise", actor=actor, at=at)


@use_case(Permission.COLLECT_PAYMENTS)
def complete_own_transfer(
    *, actor: Actor, at: datetime, payment_id: UUID, idempotency_key: str | None = None
) -> PaymentShape:
    """This function will complete a promised transfer at the word of the customer who sent it (A16; model 7): received
    today, posted and set against its invoices as when staff complete it (J10), and marked as confirmed by the customer.

    Raises:
        NotAllowed: when the actor is no contact: staff and programs complete payments as such.
        NotFound: when there is no such payment.
        InvalidField, TransferNotPromised: when it is no transfer that is waited for (any more).
        OwnTransfersNotTrusted, OwnTransferAboveCap: when the customer may not, or not that much.
        NoExchangeRate: when nobody knows what it is worth.
    """
    del idempotency_key
    if actor.kind != "contact":
        raise NotAllowed(permission=Permission.COMPLETE_PAYMENTS)
    found = completing.awaited(actor, payment_id)
    payment = found.payment
    if payment.customer_id is None or not is_promised({"status": payment.status, "method": payment.method}):
        raise TransferNotPromised(payment_id=payment_id)
    today = local_date(at)
    refusal = _refusal(customer(payment.customer_id), payment.total_minor, payment.currency, day=today)
    if refusal is not None:
        raise refusal
    described = {"confirmed_by_customer": True, "account_id": None}
    completing.complete(found, received_date=today, described=described, sends_mail=True, by=actor.label, at=at)
    return _told(payment_id, "complete_own_transfer", actor=actor, at=at)


def may_complete(payer: Mapping[str, Any], row: Mapping[str, Any], *, day: date) -> bool:
    """This function will tell whether contacts of a customer may complete a promised transfer of theirs on a day, as
    far as that is the customer's and the payment's matter.
    """
    try:
        return _refusal(payer, row["total_minor"], row["currency"], day=day) is None
    except NoExchangeRate:
        return False


def _refusal(payer: Mapping[str, Any], minor: int, currency: str, *, day: date) -> Conflict | None:
    """Why a customer may not complete a transfer of its own; None when it may."""
    if not payer["completes_own_transfers"]:
        return OwnTransfersNotTrusted()
    # A cap in another currency says nothing about this one.
    if currency != payer["own_transfer_cap_currency"] or minor > payer["own_transfer_cap_minor"]:
        return OwnTransferAboveCap()
    alone = read_limit(COMPLETING_ABOVE)
    return OwnTransferAboveCap() if alone is not None and is_above(alone, minor, currency, day) else None


@use_case(Permission.DOWNLOAD)
def download_proof(*, actor: Actor, at: datetime, payment_id: UUID, proof_id: UUID) -> File:
    """This function will return a proof as it was handed in; who took it stands in the audit trail.

    Raises:
        NotFound: when there is no such payment or proof.
    """
    require_own(actor, payment_queries.payment(payment_id)["customer_id"], kind="payment")
    row, content = proofs.content_of(proof_id, of_payment=payment_id)
    taken = {"name": row["name"], "sha256": row["sha256"]}
    audit.record(actor=actor, at=at, action="download_proof", kind="payment", object_id=payment_id, after=taken)
    return File(name=row["name"], media_type=row["media_type"], content=content)


def is_promised(row: dict[str, Any]) -> bool:
    """This function will tell whether a payment's row is a bank transfer that is waited for."""
    return bool(row["status"] == states.PENDING and row["method"] == BANK_TRANSFER)


def _expected(invoice_id: UUID, *, by: str, at: datetime) -> PaymentRow | None:
    live = expected.live_of(invoice_id)
    if live is not None and live.status == states.PROCESSING:
        raise PaymentInProgress
    if live is not None and live.status == states.FAILED:
        # A failed try is over; what is expected now is another way of paying.
        payments.move(live, states.CANCEL, by=by, at=at, cancel_reason="superseded")
        expected.follow(invoice_id, reason="superseded", by=by, at=at)
        live = expected.live_of(invoice_id)
    if live is not None:
        payments.describe(live, method=BANK_TRANSFER, account_id=None, reference="")
    return live


def _promised(payment_id: UUID, actor: Actor) -> tuple[PaymentRow, dict[str, Any]]:
    row = payment_queries.public_payment(payment_id)
    require_own(actor, row["customer_id"], kind="payment")
    payment = payments.locked(payment_id)
    if not is_promised({"status": payment.status, "method": payment.method}):
        raise TransferNotPromised(payment_id=payment_id)
    return payment, row


def _told(payment_id: UUID, action: str, *, actor: Actor, at: datetime) -> PaymentShape:
    shape = builders.one_payment(payment_id)
    audit.record(actor=actor, at=at, action=action, kind="payment", object_id=payment_id, after=shape)
    return shape
