"""Writing stored payment methods: kept, which one is the default, removed, or charged no more (E38e)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django_integrity.conversion import Named, refine_integrity_error

from tallystick.foundation.errors import Conflict, NotFound
from tallystick.foundation.transactions import needs_transaction, savepoint
from tallystick.gateways.port import CardFacts
from tallystick.payments.models import PaymentMethod
from tallystick.payments.queries import next_default


class _AnotherIsDefaultError(Exception):
    """Another method of the customer is the default one."""


@dataclass(kw_only=True, eq=False)
class MethodOfAnother(Conflict):
    """Another customer has, or had, the method that a gateway calls by this token."""

    code: ClassVar[str] = "method_of_another"
    sentence: ClassVar[str] = "This payment method belongs to another customer."

    method_id: UUID


@needs_transaction
def locked_of(customer_id: UUID) -> list[PaymentMethod]:
    """This function will lock and return a customer's stored methods, the oldest first."""
    rows = PaymentMethod.objects.filter(customer_id=customer_id, removed_at=None)
    # Locked in one order, so that two who lock the same never wait for one another.
    return list(rows.select_for_update(of=("self",)).order_by("id"))


@needs_transaction
def locked(method_id: UUID) -> PaymentMethod:
    """This function will lock a stored method, with the others of its customer.

    Raises:
        NotFound: when there is none, or it was removed.
    """
    customer_id = PaymentMethod.objects.filter(id=method_id).values_list("customer_id", flat=True).first()
    found = [] if customer_id is None else [each for each in locked_of(customer_id) if each.id == method_id]
    if not found:
        raise NotFound(kind="payment method")
    return found[0]


@needs_transaction
def keep(*, customer_id: UUID, account_id: UUID, token: str, card: CardFacts, at: datetime) -> tuple[UUID, bool]:
    """This function will store a card's token with what may be known of it, once; the first becomes the default.

    Returns the method's id, and whether the customer did not have it: one that they removed is theirs again.

    Raises:
        MethodOfAnother: when the token is known of another customer, even of one who removed it.
    """
    known = {
        "brand": card.brand,
        "last_four": card.last_four,
        "expiry_month": card.expiry_month,
        "expiry_year": card.expiry_year,
        "created_at": at,
    }
    row, is_new = PaymentMethod.objects.get_or_create(
        account_id=account_id, token=token, defaults={"customer_id": customer_id, **known}
    )
    if row.customer_id != customer_id:
        raise MethodOfAnother(method_id=row.id)
    if not is_new:
        again = PaymentMethod.objects.filter(id=row.id, removed_at__isnull=False)
        is_new = again.update(**known, removed_at=None, refused_code="") > 0
    of_customer = PaymentMethod.objects.filter(customer_id=customer_id, removed_at=None)
    if is_new and not of_customer.filter(is_default=True).exists():
        # When another first card is the default at this same instant, that is known when its transaction ends.
        _is_the_default_now(row)
    return row.id, is_new


@needs_transaction
def make_default(method: PaymentMethod) -> None:
    """This function will make a locked method the one that is charged unless another is named."""
    others = PaymentMethod.objects.filter(customer_id=method.customer_id, is_default=True).exclude(id=method.id)
    others.update(is_default=False)
    while not _is_the_default_now(method):
        # A first card became the default meanwhile, which nobody could lock: it is seen now.
        others.update(is_default=False)


def _is_the_default_now(method: PaymentMethod) -> bool:
    """Make a method the default; False when another of its customer is it by now."""
    try:
        with savepoint(), refine_integrity_error([(Named("one_default_method"), _AnotherIsDefaultError)]):
            PaymentMethod.objects.filter(id=method.id).update(is_default=True)
    except _AnotherIsDefaultError:
        return False
    method.is_default = True
    return True


@needs_transaction
def remove(method: PaymentMethod, *, at: datetime) -> None:
    """This function will remove a locked method; when it was the default, another becomes it (`next_default`)."""
    heir = next_default(method.customer_id, without=method.id) if method.is_default else None
    method.removed_at = at
    method.is_default = False
    method.save(update_fields=["removed_at", "is_default"])
    if heir is not None:
        PaymentMethod.objects.filter(id=heir).update(is_default=True)


@needs_transaction
def note_refusal(method_id: UUID, code: str) -> None:
    """This function will note by which decline a method is charged no more; an empty code lifts that."""
    PaymentMethod.objects.filter(id=method_id).exclude(refused_code=code).update(refused_code=code)
