"""Stored payment methods: which one is the default, and removing one (B13, E33, E38e, E40)."""

from datetime import datetime
from uuid import UUID

from tallystick.foundation import audit, jobs
from tallystick.foundation.clock import local_date
from tallystick.foundation.permissions import Actor
from tallystick.payments import autopay, autopay_queries, methods
from tallystick.payments import queries as payments
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import autopay as wire
from tallystick.wire.autopay import PaymentMethodShape


@use_case(Permission.MANAGE_METHODS)
def make_default(
    *, actor: Actor, at: datetime, method_id: UUID, idempotency_key: str | None = None
) -> PaymentMethodShape:
    """This function will make a stored method the one that is charged when no other one was agreed (E38e).

    Raises:
        NotFound: when there is no such method.
    """
    del idempotency_key
    before = payments.method(method_id)
    customer_id: UUID = before["customer_id"]
    require_own(actor, customer_id, kind="payment method")
    methods.make_default(methods.locked(method_id))
    shape = wire.one_method(method_id, of_customer=customer_id, today=local_date(at))
    if not before["is_default"]:
        audit.record(
            actor=actor,
            at=at,
            action="make_method_default",
            kind="customer",
            object_id=customer_id,
            after={"method": shape["id"]},
        )
    return shape


@use_case(Permission.MANAGE_METHODS)
def remove(*, actor: Actor, at: datetime, method_id: UUID, idempotency_key: str | None = None) -> PaymentMethodShape:
    """This function will remove a stored method, and return it as it was. It is charged no more.

    Of the methods that are left the newest becomes the default when this one was. An autopay that charged this one goes
    on with the default one; it ends when none is left. The payer is told of either, and the
    customer's people of the removal.

    Raises:
        NotFound: when there is no such method.
    """
    del idempotency_key
    customer_id: UUID = payments.method(method_id)["customer_id"]
    require_own(actor, customer_id, kind="payment method")
    autopay.lock_planned(customer_id)
    method = methods.locked(method_id)
    shape = wire.one_method(method_id, of_customer=customer_id, today=local_date(at))
    agreed = autopay_queries.agreement(customer_id)
    charged = None if agreed is None else _charged(customer_id, agreed["method_id"])
    methods.remove(method, at=at)
    audit.record(
        actor=actor,
        at=at,
        action="remove_method",
        kind="customer",
        object_id=customer_id,
        before={"method": shape["id"], "brand": shape["brand"], "last_four": shape["last_four"]},
    )
    by_contact = actor.id if actor.kind == "contact" else None
    jobs.defer("mail.method_removed", method_id=str(method_id), by_contact_id=by_contact)
    if agreed is not None and charged == method_id:
        _follow(actor, customer_id, agreed["id"], at=at)
    return shape


def _follow(actor: Actor, customer_id: UUID, agreement_id: UUID, *, at: datetime) -> None:
    """Let autopay go on without the method that it charged, or end; tell the payer which."""
    heir = _charged(customer_id, None)
    if heir is not None:
        jobs.defer("mail.autopay_method", agreement_id=str(agreement_id), method_id=str(heir))
        return
    autopay.end(customer_id, by=actor.label, at=at)
    audit.record(
        actor=actor,
        at=at,
        action="end_autopay",
        kind="customer",
        object_id=customer_id,
        after={"reason": "No payment method is left."},
    )
    jobs.defer("mail.autopay_ended", agreement_id=str(agreement_id))


def _charged(customer_id: UUID, agreed_id: UUID | None) -> UUID | None:
    found = autopay_queries.charged_method(customer_id, agreed_id)
    return None if found is None else found.id
