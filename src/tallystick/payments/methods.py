"""Writing stored payment methods: kept, which one is the default, removed, or charged no more (E38e)."""

from datetime import datetime
from uuid import UUID

from tallystick.foundation.errors import NotFound
from tallystick.foundation.transactions import needs_transaction
from tallystick.gateways.port import CardFacts
from tallystick.payments.models import PaymentMethod
from tallystick.payments.queries import next_default


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
def keep(*, customer_id: UUID, account_id: UUID, token: str, card: CardFacts, at: datetime) -> UUID:
    """This function will store a card's token with what may be known of it, once; the first becomes the default."""
    has_default = PaymentMethod.objects.filter(customer_id=customer_id, is_default=True, removed_at=None).exists()
    row, _ = PaymentMethod.objects.get_or_create(
        account_id=account_id,
        token=token,
        defaults={
            "customer_id": customer_id,
            "brand": card.brand,
            "last_four": card.last_four,
            "expiry_month": card.expiry_month,
            "expiry_year": card.expiry_year,
            "is_default": not has_default,
            "created_at": at,
        },
    )
    return row.id


@needs_transaction
def make_default(method: PaymentMethod) -> None:
    """This function will make a locked method the one that is charged unless another is named."""
    PaymentMethod.objects.filter(customer_id=method.customer_id, is_default=True).exclude(id=method.id).update(
        is_default=False
    )
    method.is_default = True
    method.save(update_fields=["is_default"])


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
