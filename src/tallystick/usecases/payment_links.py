"""Links by which somebody pays without signing in: one opens one invoice, or one payment that failed, or that only its
payer can bring on (E20, E21).

Whoever opens one acts for that customer, and is shown and let pay what the link is for, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tallystick.allocations.operations import InvoiceNotOpen
from tallystick.allocations.queries import holders, targets
from tallystick.foundation import audit, settings_store
from tallystick.foundation.errors import InvalidField, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.gateways import queries as gateways
from tallystick.invoices import queries as invoices
from tallystick.invoices.states import INVOICE, ISSUED
from tallystick.payments import links, states
from tallystick.payments import queries as payments
from tallystick.usecases import places
from tallystick.usecases.collect import on_account_of
from tallystick.usecases.frame import SYSTEM, require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire.payment_links import PaymentLinkShape, payment_link_shape

MOST_DAYS: Final = 365
LINK_DAYS: Final = settings_store.Setting[int](
    "payment_link_days",
    60,
    f"For how many days a link by which somebody pays without signing in works: 1 to {MOST_DAYS}.",
    lambda value: type(value) is int and 1 <= value <= MOST_DAYS,
)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A link that somebody opened: what it is for, and the actor that its reader is.

    `invoice_id` is the invoice that it is about: its own, or the one that its payment was expected for, if any.
    """

    link: dict[str, Any]
    invoice_id: UUID | None
    customer_id: UUID
    actor: Actor


@dataclass(frozen=True, kw_only=True)
class Due:
    """What a link is for, as it stands.

    `payment` is the payment to show, in its public columns: the expected one of the invoice, or the one that failed;
    None while there is none. `amounts` is what of which invoice may be paid now, in minor units, and `on_account_minor`
    what beyond; nothing while a payment is under way. `is_held` says that a payment of more than this is under way.
    """

    invoice: dict[str, Any] | None
    payment: dict[str, Any] | None
    currency: str
    amounts: dict[UUID, int]
    on_account_minor: int = 0
    is_held: bool = False

    @property
    def total_minor(self) -> int:
        """What may be paid now, all of it at once."""
        return sum(self.amounts.values()) + self.on_account_minor


@use_case(Permission.COLLECT_PAYMENTS)
def make_payment_link(
    *, actor: Actor, at: datetime, invoice_id: UUID, days: int | None = None, idempotency_key: str | None = None
) -> PaymentLinkShape:
    """This function will make a link by which an issued invoice is paid without signing in, for some days.

    The answer has no secret, because it is kept with the idempotency key: `address_of` writes the address.

    Raises:
        NotFound: when there is no such invoice.
        InvoiceNotOpen: when there is nothing to pay.
        InvalidField: when the days are not 1 to 365.
    """
    del idempotency_key
    row = _own_invoice(actor, invoice_id)
    if row["state"] != ISSUED or not row["open_minor"]:
        raise InvoiceNotOpen(invoice_id=invoice_id, state=row["state"])
    lasts = settings_store.get(LINK_DAYS) if days is None else days
    if not 1 <= lasts <= MOST_DAYS:
        raise InvalidField(name="days", reason=f"A link works for 1 to {MOST_DAYS} days.")
    link_id = links.make(at=at, expires_at=at + timedelta(days=lasts), by=actor.label, invoice_id=invoice_id)
    return _told(link_id, "make_payment_link", actor=actor, at=at)


@use_case(Permission.COLLECT_PAYMENTS)
def revoke_payment_link(
    *, actor: Actor, at: datetime, invoice_id: UUID, link_id: UUID, idempotency_key: str | None = None
) -> PaymentLinkShape:
    """This function will revoke a link to an invoice: whoever opens it finds nothing. One that is over stays so.

    Raises:
        NotFound: when there is no such invoice, or no such link to it.
    """
    del idempotency_key
    _own_invoice(actor, invoice_id)
    row = links.link(link_id)
    if row["invoice_id"] != invoice_id:
        raise NotFound(kind="payment link")
    if not links.revoke(link_id, by=actor.label, at=at):
        return payment_link_shape(row, at=at)
    return _told(link_id, "revoke_payment_link", actor=actor, at=at)


def address_of(link_id: UUID) -> str:
    """This function will return the address of a link, with its secret; empty when that cannot be written any more.

    Raises:
        NotFound: when there is no such link.
    """
    token = links.token_of(links.link(link_id))
    return places.payment_link(token) if token else ""


def mailed_address(*, at: datetime, invoice_id: UUID | None = None, payment_id: UUID | None = None) -> str:
    """This function will return the address that a mail names for paying an invoice, or a payment that failed or
    that needs its payer.

    One mail about it is as good as the next: a link that has half its time left is named again. Without a payment
    service it is empty.
    """
    if not gateways.accounts(enabled_only=True):
        return ""
    lasts = timedelta(days=settings_store.get(LINK_DAYS))
    with transaction():
        row = links.mailed(works_at=at + lasts / 2, invoice_id=invoice_id, payment_id=payment_id)
        if row is not None and (token := links.token_of(row)):
            return places.payment_link(token)
        link_id = links.make(
            at=at,
            expires_at=at + lasts,
            by=SYSTEM.label,
            invoice_id=invoice_id,
            payment_id=payment_id,
            is_mailed=True,
        )
        kind, object_id = ("invoice", invoice_id) if payment_id is None else ("payment", payment_id)
        if object_id is not None:
            facts = {"is_mailed": True, "ends_at": (at + lasts).isoformat()}
            audit.record(actor=SYSTEM, at=at, action="make_payment_link", kind=kind, object_id=object_id, after=facts)
    return address_of(link_id)


def opened(*, token: str, at: datetime) -> Opened | None:
    """This function will return what a secret opens at a moment; None when it opens nothing (any more)."""
    link = links.opened_by(token, at=at)
    if link is None:
        return None
    if link["purpose"] == links.INVOICE:
        row = invoices.invoice(link["invoice_id"])
        name, invoice_id = row["number"], row["id"]
    else:
        row = payments.public_payment(link["payment_id"])
        name, invoice_id = row["description"], row["invoice_id"]
    if row["customer_id"] is None:
        return None
    may = {Permission.COLLECT_PAYMENTS, Permission.DOWNLOAD}
    if link["purpose"] == links.FAILED_PAYMENT:
        # Whoever pays what failed with another card may let automatic payment go on with it.
        may.add(Permission.MANAGE_AUTOPAY)
    actor = Actor(
        kind="link",
        id=str(link["id"]),
        label=f"Payment link ({name})"[:200],
        permissions=frozenset(may),
        scope=("customer", row["customer_id"]),
    )
    return Opened(link=link, invoice_id=invoice_id, customer_id=row["customer_id"], actor=actor)


def due(found: Opened) -> Due:
    """This function will return what an opened link is for, as it stands: what may be paid of it, and what is shown."""
    if found.link["purpose"] == links.INVOICE:
        return _due_of_invoice(invoices.invoice(found.link["invoice_id"]))
    row = payments.public_payment(found.link["payment_id"])
    over = row["status"] == states.COMPLETED
    if row["invoice_id"] is not None and not over:
        # The expected payment of one invoice: whatever became of it, that is what was to be paid.
        found_due = _due_of_invoice(invoices.invoice(row["invoice_id"]))
        return replace(found_due, amounts=_as_tried(row, found_due.amounts))
    meant = dict(targets(row["id"]))
    claims = invoices.invoices_by_id(meant)
    amounts, held = {}, False
    if row["status"] == states.FAILED:
        held = bool(holders(list(meant)))
        amounts = {
            invoice_id: min(minor, claims[invoice_id]["open_minor"])
            for invoice_id, minor in meant.items()
            if claims[invoice_id]["open_minor"] and not held
        }
    rest = on_account_of(row, meant) if row["status"] == states.FAILED and not held else 0
    return Due(
        invoice=None,
        payment=row,
        currency=row["currency"],
        amounts=amounts,
        on_account_minor=rest,
        is_held=held,
    )


def own_attempt(found: Opened, attempt_id: UUID) -> dict[str, Any] | None:
    """This function will return a try to pay what an opened link is for; None for any other, as for a missing one."""
    return payments.attempt_for(attempt_id, payment_id=found.link["payment_id"], invoice_id=found.invoice_id)


def _due_of_invoice(row: dict[str, Any]) -> Due:
    live = payments.live_scheduled(row["id"]) or payments.paid_scheduled(row["id"])
    shown = None if live is None else payments.public_part(live)
    under_way = holders([row["id"]])
    of_ours = shown is not None and shown["status"] == states.PROCESSING
    payable = row["state"] == ISSUED and row["open_minor"] > 0 and not under_way
    return Due(
        invoice=row,
        payment=shown,
        currency=row["currency"],
        amounts={row["id"]: row["open_minor"]} if payable else {},
        is_held=bool(under_way) and not of_ours,
    )


def _as_tried(row: Mapping[str, Any], amounts: Mapping[UUID, int]) -> dict[UUID, int]:
    """Of what may be paid, no more than the try that failed was aimed at."""
    tried = dict(targets(row["id"])) if row["status"] == states.FAILED else {}
    return {invoice_id: min(minor, tried.get(invoice_id, minor)) for invoice_id, minor in amounts.items()}


def _own_invoice(actor: Actor, invoice_id: UUID) -> dict[str, Any]:
    row = invoices.invoice(invoice_id)
    require_own(actor, row["customer_id"], kind="invoice")
    if row["kind"] != INVOICE:
        raise NotFound(kind="invoice")
    return row


def _told(link_id: UUID, action: str, *, actor: Actor, at: datetime) -> PaymentLinkShape:
    row = links.link(link_id)
    shape = payment_link_shape(row, at=at)
    audit.record(actor=actor, at=at, action=action, kind="invoice", object_id=row["invoice_id"], after=shape)
    return shape
