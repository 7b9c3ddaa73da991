"""Which payments a list over the API shows: the same search, filters and orders as the screens (E16 to E18)."""

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field

from tallystick.customers import queries as customers
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.api.inputs import CurrencyInput, CustomerRef, Day, GroupRef, Input, Line40, QueryFlag, Search
from tallystick.interfaces.api.lists import PageQuery, seen_customer
from tallystick.interfaces.api.payment_inputs import Kind, Method, Status
from tallystick.money.amounts import LARGEST_MINOR, to_decimal
from tallystick.money.currencies import UnknownCurrency
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.searching import Named
from tallystick.payments.states import STATUSES, UNSETTLED
from tallystick.reports import payment_search
from tallystick.usecases.frame import scope_of
from tallystick.wire.ids import billing_group_id_of
from tallystick.wire.shapes import one_of

_SORTS: Final = {
    "created": "by the moment of making, the oldest first.",
    "-created": "by the moment of making, the newest first.",
    "due": "by due date, the oldest first; what has none comes last.",
    "-due": "by due date, the latest first; what has none comes last.",
    "amount": "by signed amount as it is written in its currency, the smallest first.",
    "-amount": "by signed amount as it is written in its currency, the largest first.",
    "customer": "by the customer's name, A to Z; what belongs to nobody comes last.",
    "-customer": "by the customer's name, Z to A; what belongs to nobody comes last.",
    "status": "pending, processing, completed, failed, cancelled; of each the newest first.",
    "-status": "cancelled, failed, completed, processing, pending; of each the newest first.",
}
Sort = Annotated[
    Literal["created", "-created", "due", "-due", "amount", "-amount", "customer", "-customer", "status", "-status"],
    one_of(_SORTS, example="due"),
]
_Minor = Annotated[int, Field(ge=-LARGEST_MINOR, le=LARGEST_MINOR)]


class PaymentNarrowing(Input):
    """Which payments are meant; what is left out does not narrow."""

    customer: CustomerRef = ""
    billing_group: Annotated[
        GroupRef,
        Field(
            description="Payments that are expected for invoices of this group, settle them, or are meant to; money of "
            "the group's payer that is set against nothing yet and meant for nothing else; and refunds of those."
        ),
    ] = ""
    grouped: Annotated[
        QueryFlag, Field(description="Only payments that are expected for invoices of any billing group.")
    ] = False
    status: Status | None = None
    settled: Annotated[QueryFlag, Field(description="Leaves out what is pending and processing.")] = False
    kind: Kind | None = None
    currency: CurrencyInput | None = None
    method: Method | None = None
    search: Annotated[
        Search,
        Field(
            description="Words of the reference, the public description or the customer's note (of the last one the "
            "beginning is enough); words of the customer's name, or its number; the beginning of an invoice's number; "
            "a subscription's number; a receipt's number; or an amount such as `60.85`.",
            examples=["INV-2026-00012"],
        ),
    ] = ""
    due_from: Annotated[Day | None, Field(description="The first due date.")] = None
    due_until: Annotated[Day | None, Field(description="The last due date.")] = None
    received_from: Annotated[Day | None, Field(description="The first received date.")] = None
    received_until: Annotated[Day | None, Field(description="The last received date.")] = None
    failure_code: Annotated[
        Line40,
        Field(
            description="Only what failed with this code of its payment service; `none`: without any.",
            examples=["card_declined"],
        ),
    ] = ""
    in_reports: Annotated[
        QueryFlag, Field(description="Only what reports count: expected payments and receipts that are not reversed.")
    ] = False
    counted_from: Annotated[
        Day | None,
        Field(
            description="The first day on which it counts in reports: the received date of what is completed; of "
            "anything else the due date, or where it has none the day on which it was made."
        ),
    ] = None
    counted_until: Annotated[Day | None, Field(description="The last day on which it counts in reports.")] = None
    amount_from_minor: Annotated[
        _Minor | None,
        Field(description="The smallest amount in minor units of `currency`; refunds and purchases are below 0."),
    ] = None
    amount_until_minor: Annotated[
        _Minor | None, Field(description="The largest amount in minor units of `currency`.")
    ] = None
    suspense: Annotated[QueryFlag, Field(description="Only money that belongs to no customer yet.")] = False
    unallocated: Annotated[QueryFlag, Field(description="Only money of which something is left to allocate.")] = False
    disputed: Annotated[QueryFlag, Field(description="Only what an open dispute or an inquiry is about.")] = False
    unknown: Annotated[
        QueryFlag, Field(description="Only what its payment service has not answered for: money may have moved.")
    ] = False
    confirmed_by_customer: Annotated[
        QueryFlag, Field(description="Only bank transfers that customers completed themselves, not reversed.")
    ] = False


class PaymentQuery(PaymentNarrowing, PageQuery):
    """Which payments a list shows, and in which order."""

    sort: Sort = "-created"


def wanted_by(actor: Actor, asked: PaymentNarrowing) -> PaymentFilter:
    """This function will return the filter that a program asks for, narrowed to the only customer that it sees.

    Raises:
        NotFound: when there is no such customer or group, or not for the actor.
        InvalidField: when an amount comes without the currency whose minor units it has.
    """
    refuse_card_numbers(search=asked.search)
    group_ids = None
    if asked.billing_group:
        group_ids = (customers.group(billing_group_id_of(asked.billing_group))["id"],)
    return PaymentFilter(
        customer_id=seen_customer(actor, asked.customer),
        status=_statuses(asked),
        kind=asked.kind or "",
        currency=asked.currency or "",
        method=asked.method or "",
        search=asked.search,
        named=_named(actor, asked.search),
        due_from=asked.due_from,
        due_until=asked.due_until,
        received_from=asked.received_from,
        received_until=asked.received_until,
        failure_code=asked.failure_code,
        in_reports=asked.in_reports,
        counted_from=asked.counted_from,
        counted_until=asked.counted_until,
        amount_from=_amount("amount_from_minor", asked.amount_from_minor, asked.currency),
        amount_until=_amount("amount_until_minor", asked.amount_until_minor, asked.currency),
        in_suspense=asked.suspense,
        unallocated=asked.unallocated,
        disputed=asked.disputed,
        unknown=asked.unknown,
        grouped=asked.grouped,
        confirmed_by_customer=asked.confirmed_by_customer,
        group_ids=group_ids,
        of_groups_ids=payment_search.of_groups(group_ids) if group_ids else (),
    )


def _statuses(asked: PaymentNarrowing) -> tuple[str, ...]:
    """The statuses that can fit. What is settled and pending is nothing, so both together are refused."""
    if not asked.settled:
        return (asked.status,) if asked.status else ()
    if asked.status in UNSETTLED:
        raise InvalidField(name="status", reason="What is settled is neither pending nor processing.")
    return (asked.status,) if asked.status else tuple(each for each in STATUSES if each not in UNSETTLED)


def _named(actor: Actor, search: str) -> Named:
    found = payment_search.named(search, public=True) if search else Named()
    # Who sees one customer learns nothing from the names of others.
    return found if scope_of(actor) is None else replace(found, customer_ids=())


def _amount(name: str, minor: int | None, currency: str | None) -> Decimal | None:
    if minor is None:
        return None
    if currency is None:
        raise InvalidField(name=name, reason="Name the currency as well: minor units of which one?")
    try:
        return to_decimal(minor, currency)
    except UnknownCurrency as error:
        raise InvalidField(name="currency", reason=str(error)) from error
