"""Changing and deleting what was recorded (D4)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tallystick.allocations import operations as allocations
from tallystick.allocations.queries import oldest_first, targets
from tallystick.customers.queries import customer_row
from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.payments import assignments, edits, private_text
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.payments.operations import PaymentRow
from tallystick.usecases.frame import require_own, require_unscoped, use_case
from tallystick.usecases.record import require_usable
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.shapes import PaymentShape


@use_case(Permission.RECORD_PAYMENTS)
def edit_payment(
    *,
    actor: Actor,
    at: datetime,
    payment_id: UUID,
    changes: Mapping[str, Any],
    keeps_private_text: bool = False,
    idempotency_key: str | None = None,
) -> PaymentShape:
    """This function will change what a payment says (D4; `docs/model.md`, 14).

    `changes` names what shall change: `description`, `reference`, `remark` and `fee_minor` at any time; `total_minor`,
    `currency`, `customer_id`, `method` and `received_date` only of a promise made by hand. Another customer or currency
    lets go of the invoices that the money was meant for, and a customer counts as an assignment edit. With
    `keeps_private_text` a description without a `#` leaves the private text as it is, for callers who cannot read it.

    Raises:
        NotFound: when the payment or the customer does not exist.
        FactsAreFixed: when more than the description would change, and the payment is no promise made by hand.
        AssignmentEditLimitReached: when its customer was changed as often as the business allows.
        InvalidField, AmountNotAccepted, ReceivedInFuture: when a value cannot be used.
    """
    del idempotency_key
    before = payment_queries.payment(payment_id)
    require_own(actor, before["customer_id"], kind="payment")
    refuse_card_numbers(**{name: changes.get(name, "") for name in ("description", "reference", "remark")})
    require_usable(currency=changes.get("currency"), method=changes.get("method"), fee_minor=changes.get("fee_minor"))
    wanted = {name: value for name, value in changes.items() if name not in {"description", "customer_id"}}
    wanted |= _description(changes, keeps_private_text=keeps_private_text)
    payment = payments.locked(payment_id)
    known = {name: getattr(payment, name) for name in (*wanted, "customer_id")}
    changed = {name: value for name, value in wanted.items() if value != known[name]}
    if changed:
        edits.change(payment, changed, today=local_date(at), by=actor.label, at=at)
    if changes.get("customer_id", known["customer_id"]) != known["customer_id"]:
        _move(payment, changes["customer_id"], actor=actor, at=at)
        changed["customer_id"] = changes["customer_id"]
    _aim_anew(payment, changed)
    shape = builders.one_payment(payment_id)
    if changed:
        audit.record(
            actor=actor,
            at=at,
            action="edit_payment",
            kind="payment",
            object_id=payment_id,
            before={name: _plain(known[name]) for name in changed},
            after={name: _plain(value) for name, value in changed.items()},
        )
    return shape


@use_case(Permission.DELETE_PAYMENTS)
def delete_payment(*, actor: Actor, at: datetime, payment_id: UUID, idempotency_key: str | None = None) -> PaymentShape:
    """This function will delete a receipt that never posted, and answer with it as it was (D4; `docs/model.md`, 14).

    Its row is kept and leaves every list and sum.

    Raises:
        NotFound: when there is no such payment.
        PaymentInProgress: when a gateway is processing it.
        PaymentNotDeletable: when it is booked, expected for an invoice, or was ever tried at a gateway.
    """
    del idempotency_key
    row = payment_queries.payment(payment_id)
    require_own(actor, row["customer_id"], kind="payment")
    payment = payments.locked(payment_id)
    shape = builders.payment_as_it_is(vars(payment))
    edits.delete(payment, by=actor.label, at=at)
    allocations.aim(payment_id, {})
    audit.record(
        actor=actor,
        at=at,
        action="delete_payment",
        kind="payment",
        object_id=payment_id,
        before={**shape, "private_text": payment.private_text, "remark": payment.remark},
    )
    return shape


def _description(changes: Mapping[str, Any], *, keeps_private_text: bool) -> dict[str, str]:
    if "description" not in changes:
        return {}
    columns = private_text.columns(changes["description"])
    if keeps_private_text and not private_text.has_private_part(changes["description"]):
        del columns["private_text"]
    return columns


def _move(payment: PaymentRow, customer_id: UUID | None, *, actor: Actor, at: datetime) -> None:
    """Another customer, or none: counted as on a payment that is booked (`docs/model.md`, 8)."""
    edits.require_changeable(payment)
    day = local_date(at)
    if customer_id is None:
        require_unscoped(actor, Permission.RECORD_PAYMENTS)
    else:
        require_own(actor, customer_id, kind="customer")
        customer_row(customer_id)
    if payment.customer_id is not None:
        assignments.unassign(payment, day=day, by=actor.label, at=at)
    if customer_id is not None:
        assignments.assign(payment, customer_id, day=day, by=actor.label, at=at)


def _aim_anew(payment: PaymentRow, changed: Mapping[str, Any]) -> None:
    """What a promise is meant for fits its amount, its currency and its customer."""
    if changed.keys() & {"currency", "customer_id"}:
        allocations.aim(payment.id, {})
    elif "total_minor" in changed:
        allocations.aim(payment.id, dict(oldest_first(payment.total_minor, targets(payment.id))))


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return public_id(builders.CUSTOMER, value)
    return value.isoformat() if isinstance(value, date) else value
