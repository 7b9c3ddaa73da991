"""Building the public shapes from rows of the rooms' queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from tallystick.allocations import queries as allocations
from tallystick.customers import queries as customers
from tallystick.customers.mails import mails_of
from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.invoices.states import display_state
from tallystick.ledger.queries import CustomerStanding, standings_of
from tallystick.payments import queries as payments
from tallystick.subscriptions import references
from tallystick.subscriptions.references import Reference
from tallystick.wire.references import SUBSCRIPTION, arithmetic_shape, only_subscription
from tallystick.wire.shapes import (
    AllocationShape,
    AttemptShape,
    BillingGroupShape,
    CameShape,
    ContactShape,
    CreditNoteShape,
    CustomerShape,
    InvoiceLineShape,
    InvoiceShape,
    MembershipShape,
    PaymentShape,
    Row,
    StandingShape,
)

CUSTOMER = "cus"
CONTACT = "con"
BILLING_GROUP = "grp"
PAYMENT_METHOD = "pmt"
INVOICE = "inv"
PAYMENT = "pay"
ALLOCATION = "alc"
ATTEMPT = "att"
TRANSFER_PROOF = "prf"
CREDIT_NOTE = "crn"
TAX_RATE = "tax"
INVOICE_LINE = "lin"
RECEIPT = "rcp"
REFUND_REFERENCE = "ref"
GATEWAY_ACCOUNT = "gwa"
API_KEY = "key"


def customer_shape(row: Row) -> CustomerShape:
    """This function will return a customer with its contacts and standings."""
    return customer_shapes([row])[0]


def customer_shapes(rows: Sequence[Row]) -> list[CustomerShape]:
    """This function will return many customers, with one query for all their contacts and one for their standings."""
    ids = [row["id"] for row in rows]
    people, sums = customers.contacts_of(ids), standings_of(ids)
    return [_customer_shape(row, people[row["id"]], sums.get(row["id"], [])) for row in rows]


def standing_shape(standing: CustomerStanding) -> StandingShape:
    """This function will return what a customer owes and has in one currency."""
    return {
        "currency": standing.currency,
        "owes_minor": standing.owes_minor,
        "credit_minor": standing.credit_minor,
        "wallet_minor": standing.wallet_minor,
    }


def _customer_shape(
    row: Row, people: Sequence[customers.ContactFacts], sums: Sequence[CustomerStanding]
) -> CustomerShape:
    return {
        "id": public_id(CUSTOMER, row["id"]),
        "number": row["number"],
        "kind": row["kind"],
        "name": row["name"],
        "currency": row["currency"],
        "time_zone": row["time_zone"],
        "language": row["language"],
        "tax_id": row["tax_id"],
        "terms_days": row["terms_days"],
        "is_prepaid": row["is_prepaid"],
        "completes_own_transfers": row["completes_own_transfers"],
        "own_transfer_cap_minor": row["own_transfer_cap_minor"],
        "own_transfer_cap_currency": row["own_transfer_cap_currency"] or None,
        "address": {
            "lines": row["address_lines"],
            "postal_code": row["postal_code"],
            "city": row["city"],
            "region": row["region"],
            "country": row["country"],
        },
        "created_at": moment(row["created_at"]),
        "contacts": [contact_shape(contact.id, people) for contact in people],
        "standings": [standing_shape(each) for each in sums],
    }


def contact_shape(contact_id: UUID, people: Sequence[customers.ContactFacts]) -> ContactShape:
    """This function will return one of the people of a customer."""
    contact = next(each for each in people if each.id == contact_id)
    return {
        "id": public_id(CONTACT, contact.id),
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "language": contact.language,
        "is_billing": contact.is_billing,
        "rights": list(contact.rights),
        "mails": list(mails_of(contact, people)),
        "notice_days": contact.notice_days,
    }


def group_shapes(rows: Sequence[Row], *, today: date) -> list[BillingGroupShape]:
    """This function will return billing groups, with one query for how many members they have today."""
    members = customers.member_counts([row["id"] for row in rows], on=today)
    return [
        {
            "id": public_id(BILLING_GROUP, row["id"]),
            "name": row["name"],
            "payer": public_id(CUSTOMER, row["payer_id"]),
            "billing_day": row["billing_day"],
            "next_billing_date": row["next_billing_date"].isoformat(),
            "members": members.get(row["id"], 0),
            "is_archived": row["archived_at"] is not None,
            "created_at": moment(row["created_at"]),
        }
        for row in rows
    ]


def one_group(group_id: UUID, *, today: date) -> BillingGroupShape:
    """This function will read a billing group and return its shape.

    Raises:
        NotFound: when there is none.
    """
    return group_shapes([customers.group(group_id)], today=today)[0]


def membership_shapes(group_id: UUID) -> list[MembershipShape]:
    """This function will return who belongs and belonged to a group, present members first."""
    return [
        {
            "customer": public_id(CUSTOMER, row["customer_id"]),
            "name": row["name"],
            "number": row["number"],
            "joined_date": row["joined_date"].isoformat(),
            "left_date": day(row["left_date"]),
        }
        for row in customers.memberships(group_id)
    ]


def invoice_shape(
    row: Row, lines: Sequence[Row], *, today: date, subscriptions: Mapping[UUID, Reference]
) -> InvoiceShape:
    """This function will return an invoice with its lines; its state is the word that people read on `today`.

    `subscriptions` are those of its lines, by the lines' ids.
    """
    billed = {line["id"]: subscriptions[line["id"]] for line in lines if line["id"] in subscriptions}
    return {
        "id": public_id(INVOICE, row["id"]),
        "number": row["number"],
        "customer": public_id(CUSTOMER, row["customer_id"]),
        "state": display_state(
            state=row["state"],
            total_minor=row["total_minor"],
            open_minor=row["open_minor"],
            credited_minor=row["credited_minor"],
            written_off_minor=row["written_off_minor"],
            due_date=row["due_date"],
            today=today,
        ),
        "title": row["title"],
        "subscription": only_subscription(billed.values()),
        "currency": row["currency"],
        "prices_include_tax": row["prices_include_tax"],
        "invoice_date": day(row["invoice_date"]),
        "due_date": day(row["due_date"]),
        "stated_due_date": day(row["stated_due_date"]),
        "net_minor": row["net_minor"],
        "tax_minor": row["tax_minor"],
        "total_minor": row["total_minor"],
        "open_minor": row["open_minor"],
        "written_off_minor": row["written_off_minor"],
        "lines": [_line_shape(line, billed.get(line["id"])) for line in lines],
        "created_at": moment(row["created_at"]),
        "issued_at": moment(row["issued_at"]) if row["issued_at"] else None,
    }


def one_invoice(invoice_id: UUID, *, today: date, of_customer: UUID | None = None) -> InvoiceShape:
    """This function will read an invoice and return its shape.

    Raises:
        NotFound: when there is none, or not of this customer.
    """
    row = invoices.invoice(invoice_id, of_customer=of_customer)
    lines = invoices.lines(invoice_id)
    return invoice_shape(row, lines, today=today, subscriptions=references.of_lines([invoice_id]))


def invoice_shapes(rows: Sequence[Row], *, today: date) -> list[InvoiceShape]:
    """This function will return many invoices, with one query for all their lines and one for their subscriptions."""
    ids = [row["id"] for row in rows]
    lines, billed = invoices.lines_of(ids), references.of_lines(ids)
    return [invoice_shape(row, lines[row["id"]], today=today, subscriptions=billed) for row in rows]


def one_payment(payment_id: UUID, *, of_customer: UUID | None = None) -> PaymentShape:
    """This function will read a payment and return its shape.

    Raises:
        NotFound: when there is none, or not of this customer.
    """
    return payment_as_it_is(payments.payment(payment_id, of_customer=of_customer))


def payment_as_it_is(row: Row) -> PaymentShape:
    """This function will return a payment whose columns are known, with the allocations and attempts of now."""
    parts = allocations.allocations_of_payment(row["id"])
    billed = references.of_invoices(_settles(row, parts))
    return payment_shape(row, parts, payments.attempts(row["id"]), subscriptions=billed)


def payment_shapes(rows: Sequence[Row]) -> list[PaymentShape]:
    """This function will return many payments, with one query for each kind of their parts."""
    ids = [row["id"] for row in rows]
    parts: dict[UUID, list[Row]] = defaultdict(list)
    for part in allocations.allocations_of_payments(ids):
        parts[part["payment_id"]].append(part)
    tries: dict[UUID, list[Row]] = defaultdict(list)
    for attempt in payments.attempts_of(ids):
        tries[attempt["payment_id"]].append(attempt)
    billed = references.of_invoices({invoice for row in rows for invoice in _settles(row, parts[row["id"]])})
    return [payment_shape(row, parts[row["id"]], tries[row["id"]], subscriptions=billed) for row in rows]


def payment_shape(
    row: Row, parts: Sequence[Row], attempts: Sequence[Row], *, subscriptions: Mapping[UUID, Reference]
) -> PaymentShape:
    """This function will return a payment with its allocations and attempts.

    `subscriptions` are those that the invoices behind it are for, by the invoices' ids.
    """
    settled = _settles(row, parts)
    billed = [subscriptions[invoice] for invoice in settled if invoice in subscriptions]
    sign = -1 if row["kind"] in {"refund", "charge"} else 1
    return {
        "id": public_id(PAYMENT, row["id"]),
        "kind": row["kind"],
        "status": row["status"],
        "customer": _id(CUSTOMER, row["customer_id"]),
        "total_minor": sign * row["total_minor"],
        "currency": row["currency"],
        "description": row["description"],
        "note": row["customer_note"],
        "method": row["method"],
        "reference": row["reference"],
        "invoice": _id(INVOICE, row["invoice_id"]),
        "subscription": only_subscription(billed) if len(billed) == len(settled) else None,
        "refund_of": _id(PAYMENT, row["refund_of_id"]),
        "replaces": _id(PAYMENT, row["replaces_id"]),
        "receipt_number": row["receipt_number"],
        "due_date": day(row["due_date"]),
        "next_try_date": day(row["next_try_date"]) if row["status"] in {"pending", "failed"} else None,
        "received_date": day(row["received_date"]),
        "created_at": moment(row["created_at"]),
        "completed_at": moment(row["completed_at"]) if row["completed_at"] else None,
        "confirmed_by_customer": row["confirmed_by_customer"],
        "reversed": row["reversed_at"] is not None,
        "failure_code": row["failure_code"],
        "cancel_reason": row["cancel_reason"],
        "allocated_minor": row["allocated_minor"],
        "refunded_minor": row["refunded_minor"],
        "disputed_minor": row["disputed_minor"],
        "lost_minor": row["lost_minor"],
        "unallocated_minor": row["unallocated_minor"] if _holds_money(row) else 0,
        "came": came_shape(row),
        "allocations": [allocation_shape(part) for part in parts],
        "attempts": [_attempt_shape(attempt) for attempt in attempts],
    }


def came_shape(row: Row) -> CameShape | None:
    """This function will return what came of a payment, or None when it came in the currency it is credited in."""
    if row["came_minor"] is None:
        return None
    return {
        "amount_minor": row["came_minor"],
        "currency": row["came_currency"],
        "rate": f"{row['came_rate'].normalize():f}",
        "rate_source": row["came_rate_source"],
    }


def allocation_shape(row: Row) -> AllocationShape:
    """This function will return an allocation."""
    return {
        "id": public_id(ALLOCATION, row["id"]),
        "payment": _id(PAYMENT, row["payment_id"]),
        "credit_note": _id(CREDIT_NOTE, row["credit_note_id"]),
        "invoice": public_id(INVOICE, row["invoice_id"]),
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "allocated_at": moment(row["allocated_at"]),
        "released_at": moment(row["released_at"]) if row["released_at"] else None,
    }


def one_credit_note(credit_note_id: UUID, *, of_customer: UUID | None = None) -> CreditNoteShape:
    """This function will read a credit note and return its shape.

    Raises:
        NotFound: when there is none, or not of this customer.
    """
    row = invoices.credit_note(credit_note_id, of_customer=of_customer)
    return {
        "id": public_id(CREDIT_NOTE, row["id"]),
        "number": row["number"],
        "invoice": public_id(INVOICE, row["invoice_id"]),
        "customer": public_id(CUSTOMER, row["customer_id"]),
        "currency": row["currency"],
        "reason": row["reason"],
        "credit_note_date": row["credit_note_date"].isoformat(),
        "net_minor": row["net_minor"],
        "tax_minor": row["tax_minor"],
        "total_minor": row["total_minor"],
        "unallocated_minor": row["total_minor"] - row["allocated_minor"] - row["refunded_minor"],
        "lines": row["lines"],
    }


def moment(at: datetime) -> str:
    """This function will write a moment as RFC 3339 in UTC, always with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def day(value: date | None) -> str | None:
    """This function will write a local date, if there is one."""
    return None if value is None else value.isoformat()


def _holds_money(row: Row) -> bool:
    without = {"refund", "charge", "voucher"}
    return row["status"] == "completed" and row["reversed_at"] is None and row["kind"] not in without


def _id(prefix: str, identifier: Any) -> str | None:
    return None if identifier is None else public_id(prefix, identifier)


def _settles(row: Row, parts: Sequence[Row]) -> set[UUID]:
    """The invoices behind a payment: the one that it is expected for, or those that it settles."""
    if row["invoice_id"] is not None:
        return {row["invoice_id"]}
    return {part["invoice_id"] for part in parts if part["released_at"] is None}


def _line_shape(row: Row, subscription: Reference | None) -> InvoiceLineShape:
    return {
        "position": row["position"],
        "description": row["description"],
        "quantity": str(row["quantity"]),
        "unit_price_minor": row["unit_price_minor"],
        "tax_rate": public_id(TAX_RATE, row["tax_rate_id"]),
        "tax_percent": str(row["tax_percent"]),
        "is_fee": row["is_fee"],
        "net_minor": row["net_minor"],
        "tax_minor": row["tax_minor"],
        "period_start": day(row["period_start"]),
        "period_end": day(row["period_end"]),
        "arithmetic": arithmetic_shape(row["arithmetic"]),
        "member": _id(CUSTOMER, row["member_id"]),
        "member_name": row["member_name"],
        "subscription": public_id(SUBSCRIPTION, subscription.id) if subscription else None,
    }


def _attempt_shape(row: Row) -> AttemptShape:
    return {
        "id": public_id(ATTEMPT, row["id"]),
        "state": row["state"],
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "action_url": row["action_url"],
        "decline_code": row["decline_code"],
        "created_at": moment(row["created_at"]),
    }
