"""Writing autopay: the payer's agreement, and when a declined charge is tried again (`docs/model.md`, 27).

Locks are taken in the order payments, methods, agreement, here as wherever a charge begins or is settled.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django_integrity.conversion import Named, refine_integrity_error

from tallystick.foundation.errors import Conflict, Invalid, NotFound
from tallystick.foundation.rows import columns, instances
from tallystick.foundation.transactions import needs_transaction
from tallystick.payments import methods
from tallystick.payments.autopay_models import AutopayAgreement
from tallystick.payments.models import Payment
from tallystick.payments.terms import terms_hash

_HELD = (
    f"SELECT {columns(AutopayAgreement)} FROM payments_autopayagreement "  # noqa: S608 - our own columns
    "WHERE customer_id = %s AND ended_at IS NULL FOR SHARE"
)


@dataclass(kw_only=True, eq=False)
class NoMethodToCharge(Conflict):
    """Autopay needs a stored payment method."""

    code: ClassVar[str] = "no_method_to_charge"
    sentence: ClassVar[str] = "Automatic payment needs a stored payment method that can be charged. Store one first."
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


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """Who accepted which words: a contact of the payer itself, or staff or a program that says how the payer did."""

    terms_text: str
    by: str
    through: str
    evidence: str = ""


@needs_transaction
def agree(customer_id: UUID, agreed: Agreed, accepted: Acceptance, *, at: datetime) -> UUID:
    """This function will record an agreement in the place of the one before. Returns its id.

    What was planned under the one before stays planned; a payer who had none begins without any.

    Raises:
        NotFound: when the method is not one of the customer's.
        NoMethodToCharge: when the customer has no stored method, or it cannot be charged any more.
        ChargeDayNotAccepted, CapNotAccepted: as the names say.
        AutopayAgreedAlready: when somebody else was faster.
    """
    lock_planned(customer_id)
    stored = methods.locked_of(customer_id)
    named = [method for method in stored if method.id == agreed.method_id]
    if agreed.method_id is not None and not named:
        raise NotFound(kind="payment method")
    charged = named or [method for method in stored if method.is_default]
    if not charged or charged[0].refused_code:
        raise NoMethodToCharge
    if agreed.charge_day is not None and not 1 <= agreed.charge_day <= 31:
        raise ChargeDayNotAccepted
    if agreed.cap_minor is not None and agreed.cap_minor <= 0:
        raise CapNotAccepted
    if not _end(customer_id, by=accepted.by, at=at):
        _give_up_tries(customer_id)
    with refine_integrity_error([(Named("one_agreement_per_customer"), AutopayAgreedAlready)]):
        row = AutopayAgreement.objects.create(
            customer_id=customer_id,
            method_id=agreed.method_id,
            charge_day=agreed.charge_day,
            cap_minor=agreed.cap_minor,
            cap_currency=agreed.cap_currency if agreed.cap_minor is not None else "",
            terms_text=accepted.terms_text,
            terms_sha256=terms_hash(accepted.terms_text),
            accepted_at=at,
            accepted_by=accepted.by,
            accepted_through=accepted.through,
            evidence=accepted.evidence,
        )
    return row.id


@needs_transaction
def end(customer_id: UUID, *, by: str, at: datetime) -> bool:
    """This function will end a payer's agreement; False when there is none. Planned tries are given up.

    A charge that has begun goes on; none begins once this is committed.
    """
    lock_planned(customer_id)
    ended = _end(customer_id, by=by, at=at)
    if ended:
        _give_up_tries(customer_id)
    return ended


@needs_transaction
def held(customer_id: UUID) -> AutopayAgreement | None:
    """This function will return the payer's agreement and keep it from ending before the transaction does."""
    return next(iter(instances(AutopayAgreement, _HELD, [customer_id])), None)


@needs_transaction
def lock_planned(customer_id: UUID) -> None:
    """This function will lock the payments of a payer that are planned to be tried again, before anything else is."""
    list(_planned(customer_id).select_for_update().order_by("id").values_list("id"))


@needs_transaction
def plan_try(payment: Payment, day: date | None) -> None:
    """This function will note on a locked payment when it is tried again; None is never."""
    if payment.next_try_date != day:
        payment.next_try_date = day
        payment.save(update_fields=["next_try_date"])


def _end(customer_id: UUID, *, by: str, at: datetime) -> bool:
    return bool(
        AutopayAgreement.objects.filter(customer_id=customer_id, ended_at=None).update(ended_at=at, ended_by=by)
    )


def _give_up_tries(customer_id: UUID) -> None:
    _planned(customer_id).update(next_try_date=None)


def _planned(customer_id: UUID) -> QuerySet[Payment]:
    return Payment.objects.filter(
        customer_id=customer_id, status__in=["pending", "processing", "failed"], next_try_date__isnull=False
    )
