"""Writing autopay: the payer's agreement, and when a failed charge is tried again (`docs/model.md`, 27)."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from django_integrity.conversion import Named, refine_integrity_error

from tallystick.foundation.errors import Conflict, Invalid, NotFound
from tallystick.foundation.transactions import needs_transaction
from tallystick.payments.models import AutopayAgreement, Payment, PaymentMethod


@dataclass(kw_only=True, eq=False)
class NoMethodToCharge(Conflict):
    """Autopay needs a stored payment method."""

    code: ClassVar[str] = "no_method_to_charge"
    sentence: ClassVar[str] = "Automatic payment needs a stored payment method. Store one first."
    field: ClassVar[str | None] = "method"


@dataclass(kw_only=True, eq=False)
class AutopayAgreedAlready(Conflict):
    """A payer has one agreement at a time."""

    code: ClassVar[str] = "autopay_agreed_already"
    sentence: ClassVar[str] = "Automatic payment was agreed meanwhile. Look at it before you change it."


@dataclass(kw_only=True, eq=False)
class ChargeDayNotAccepted(Invalid):
    """A charge day is a day of the month."""

    code: ClassVar[str] = "charge_day_not_accepted"
    sentence: ClassVar[str] = "A charge day is 1 to 31; leave it out to be charged on the due date."
    field: ClassVar[str | None] = "charge_day"


@dataclass(kw_only=True, eq=False)
class CapNotAccepted(Invalid):
    """A cap is an amount above 0."""

    code: ClassVar[str] = "cap_not_accepted"
    sentence: ClassVar[str] = "The most that one charge may be is an amount above 0."
    field: ClassVar[str | None] = "cap_minor"


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """What a payer agrees to. Without a method it is the default one of the day; without a charge day the due date."""

    method_id: UUID | None = None
    charge_day: int | None = None
    cap_minor: int | None = None
    cap_currency: str = ""


@needs_transaction
def agree(customer_id: UUID, agreed: Agreed, *, terms_text: str, by: str, at: datetime) -> UUID:
    """This function will record an agreement; the one before ends with it. Returns its id.

    Raises:
        NotFound: when the method is not one of the customer's.
        NoMethodToCharge: when the customer has no stored method.
        ChargeDayNotAccepted, CapNotAccepted: as the names say.
        AutopayAgreedAlready: when somebody else was faster.
    """
    stored = PaymentMethod.objects.filter(customer_id=customer_id, removed_at=None)
    if not stored.exists():
        raise NoMethodToCharge
    if agreed.method_id is not None and not stored.filter(id=agreed.method_id).exists():
        raise NotFound(kind="payment method")
    if agreed.charge_day is not None and not 1 <= agreed.charge_day <= 31:
        raise ChargeDayNotAccepted
    if agreed.cap_minor is not None and agreed.cap_minor <= 0:
        raise CapNotAccepted
    end(customer_id, by=by, at=at)
    with refine_integrity_error([(Named("one_agreement_per_customer"), AutopayAgreedAlready)]):
        row = AutopayAgreement.objects.create(
            customer_id=customer_id,
            method_id=agreed.method_id,
            charge_day=agreed.charge_day,
            cap_minor=agreed.cap_minor,
            cap_currency=agreed.cap_currency if agreed.cap_minor is not None else "",
            terms_text=terms_text,
            terms_sha256=hashlib.sha256(terms_text.encode()).hexdigest(),
            accepted_at=at,
            accepted_by=by,
        )
    return row.id


@needs_transaction
def end(customer_id: UUID, *, by: str, at: datetime) -> bool:
    """This function will end a payer's agreement; False when there is none. Planned tries are given up."""
    ended = AutopayAgreement.objects.filter(customer_id=customer_id, ended_at=None).update(ended_at=at, ended_by=by)
    if ended:
        Payment.objects.filter(customer_id=customer_id, next_try_date__isnull=False).update(next_try_date=None)
    return bool(ended)


@needs_transaction
def plan_try(payment: Payment, day: date | None) -> None:
    """This function will note on a locked payment when it is tried again; None is never."""
    if payment.next_try_date != day:
        payment.next_try_date = day
        payment.save(update_fields=["next_try_date"])
