"""The list of payments: its columns, filters and views, and what an address of it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tallystick.customers import queries as customers
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.naming import Row, amount_word, payment_name, payment_status, signed
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.tables import BulkAction, Column, Table, TableQuery, View
from tallystick.ledger import queries as ledger
from tallystick.payments.amounts import one_amount, written_amounts
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.posting_rules import MONEY_IN
from tallystick.payments.searching import Named
from tallystick.payments.states import STATUSES
from tallystick.reports import payment_search
from tallystick.subscriptions.references import Reference
from tallystick.wire import builders, words
from tallystick.wire.ids import billing_group_id_of

KINDS: Final = {
    "scheduled": _("Expected"),
    "receipt": _("Receipt"),
    "voucher": _("Voucher"),
    "charge": _("Purchase"),
    "refund": _("Refund"),
}
_MONEY: Final = {
    "suspense": _("In suspense"),
    "unallocated": _("Not allocated"),
    "disputed": _("In dispute"),
    "unknown": _("Without an answer"),
    "confirmed": _("Confirmed by the customer"),
}
# How many customers a name typed into the filter may stand for.
_MOST_CUSTOMERS: Final = 200
# Columns that sort, and the order of payments that each stands for.
_SORTS: Final = {"customer": "customer", "status": "status", "due": "due", "created": "created", "total": "amount"}


@dataclass(frozen=True)
class Names:
    """What the rows of a page call things of other rooms; filled in when the rows are known."""

    customers: dict[UUID, str] = field(default_factory=dict)
    invoices: dict[UUID, str] = field(default_factory=dict)
    billed: dict[UUID, Reference] = field(default_factory=dict)


def _columns(names: Names, *, of_customer: bool) -> list[Column[Row]]:
    columns: list[Column[Row]] = [
        Column(
            key="name",
            label=_("Payment"),
            cell=lambda row: markup.thing(payment_name(row, names.invoices)),
            phone="title",
        ),
        Column(
            key="customer",
            label=_("Customer"),
            cell=lambda row: markup.person(names.customers[row["customer_id"]]) if row["customer_id"] else "",
            sort=True,
            phone="meta",
        ),
        Column(
            key="subscription",
            label=_("Subscription"),
            cell=lambda row: names.billed[row["invoice_id"]].number if row["invoice_id"] in names.billed else "",
            wide_only=True,
            nowrap=True,
        ),
        Column(key="status", label=_("Status"), cell=payment_status, sort=True, phone="meta"),
        Column(
            key="method",
            label=_("Method"),
            cell=lambda row: words.method_words(row["method"]) if row["method"] else "",
            wide_only=True,
            nowrap=True,
        ),
        Column(key="due", label=_("Due"), cell=lambda row: markup.day(row["due_date"]), sort=True, wide_only=True),
        Column(key="created", label=_("Date"), cell=_date, sort=True, phone="meta"),
        Column(
            key="total",
            label=_("Total"),
            cell=lambda row: markup.amount(signed(row), row["currency"], shape="code", word=amount_word(row)),
            sort=True,
            number=True,
            phone="amount",
        ),
    ]
    return [column for column in columns if not (of_customer and column.key == "customer")]


def _date(row: Row) -> SafeString:
    """The moment of completion; until then the day of making, greyed (model, 5)."""
    if row["completed_at"]:
        return markup.moment(row["completed_at"], clock=False)
    return markup.moment(row["created_at"], clock=False, muted=True)


def _filters(*, of_customer: bool) -> list[Filter]:
    filters = [
        Filter(
            key="status",
            label=_("Status"),
            choices=[Choice(status, words.status_word(kind="receipt", status=status)) for status in STATUSES],
        ),
        Filter(key="kind", label=_("Kind"), choices=[Choice(kind, word) for kind, word in KINDS.items()]),
        Filter(
            key="method",
            label=_("Method"),
            choices=[Choice(method, words.method_words(method)) for method in MONEY_IN],
        ),
        Filter(
            key="currency",
            label=_("Currency"),
            choices=[Choice(code, code) for code in ledger.usable_currencies()],
        ),
        Filter(key="customer", label=_("Customer"), kind="text", finds=is_customer),
        Filter(key="group", label=_("Billing group"), kind="text", finds=is_group, called=group_called),
        Filter(key="grouped", label=_("Billing groups"), choices=[Choice("true", _("Of any group"))]),
        Filter(key="due", label=_("Due"), kind="days"),
        Filter(key="received", label=_("Received"), kind="days"),
        Filter(key="counted", label=_("Counts on"), kind="days"),
        Filter(key="failure_code", label=_("Why it failed"), kind="text"),
        Filter(key="in_reports", label=_("In reports"), choices=[Choice("true", _("Counts"))]),
        Filter(key="amount", label=_("Amount"), kind="amounts", accepts=lambda text: bool(written_amounts(text))),
        Filter(key="money", label=_("Money"), choices=[Choice(key, word) for key, word in _MONEY.items()]),
    ]
    return [each for each in filters if not (of_customer and each.key in {"customer", "group", "grouped"})]


def payment_table(
    names: Names, *, of_customer: bool = False, bulk_actions: Sequence[BulkAction] = (), gives_files: bool = False
) -> Table[Row]:
    """This function will return the list of payments, of everybody or of one customer, whose name it need not say."""
    return Table[Row](
        name="payments",
        bulk_actions=bulk_actions,
        label=_("Payments"),
        columns=_columns(names, of_customer=of_customer),
        row_id=lambda row: public_id(builders.PAYMENT, row["id"]),
        row_href=lambda row: addresses.payment_url(row["id"]),
        search_label=_("Name, number or amount"),
        sort="-created",
        exports=gives_files,
        spreadsheets=gives_files,
        filters=_filters(of_customer=of_customer),
        views=[
            View(_("All")),
            View(_("Expected"), (("status", "pending"), ("kind", "scheduled"))),
            View(_("Failed"), (("status", "failed"),)),
            View(_("In suspense"), (("money", "suspense"),)),
            View(_("Not allocated"), (("money", "unallocated"),)),
            View(_("In dispute"), (("money", "disputed"),)),
            View(_("Confirmed by the customer"), (("money", "confirmed"),)),
            View(_("Refunds"), (("kind", "refund"),)),
        ],
        empty_title=_("No payments yet"),
        empty_text=_("Payments appear here as soon as a customer pays, or when you record one."),
        empty_icon="coins",
    )


def wanted_by(query: TableQuery, *, customer_id: UUID | None = None) -> PaymentFilter:
    """This function will return the filter that an address stands for, of one customer if one is named."""
    due, received, money = query.days("due"), query.days("received"), query.values("money")
    counted = query.days("counted")
    typed, group = query.text("customer"), query.text("group")
    low, high = query.sides("amount")
    group_ids = _groups_meant(group) if group else None
    named = customers_named(typed) if typed else None
    if named is not None and len(named) == 1 and customer_id is None:
        # One customer's payments have indexes of their own.
        (customer_id,), named = named, None
    return PaymentFilter(
        customer_id=customer_id,
        status=query.values("status"),
        kind=query.values("kind"),
        currency=query.values("currency"),
        method=query.values("method"),
        search=query.search,
        named=payment_search.named(query.search) if query.search else Named(),
        due_from=due[0],
        due_until=due[1],
        received_from=received[0],
        received_until=received[1],
        failure_code=query.text("failure_code"),
        in_reports=bool(query.values("in_reports")),
        counted_from=counted[0],
        counted_until=counted[1],
        amount_from=one_amount(low) if low else None,
        amount_until=one_amount(high) if high else None,
        in_suspense="suspense" in money,
        unallocated="unallocated" in money,
        disputed="disputed" in money,
        unknown="unknown" in money,
        grouped=bool(query.values("grouped")),
        confirmed_by_customer="confirmed" in money,
        customer_ids=named,
        group_ids=group_ids,
        of_groups_ids=payment_search.of_groups(group_ids) if group_ids else (),
    )


def order_of(query: TableQuery) -> str:
    """This function will return the order that an address stands for."""
    return f"{'-' if query.descending else ''}{_SORTS[query.sort]}"


def customers_named(text: str) -> tuple[UUID, ...]:
    """This function will return the customers that a filter stands for: a number, or beginnings of words."""
    return tuple(row["id"] for row in customers.found(text, limit=_MOST_CUSTOMERS))


def is_customer(text: str) -> bool:
    """This function will say whether a filter stands for any customer."""
    return bool(customers_named(text))


def is_group(text: str) -> bool:
    """This function will say whether a filter stands for any billing group."""
    return bool(_groups_meant(text))


def group_called(text: str) -> str:
    """This function will return the name of the billing group that a filter names by its id, else what was typed."""
    group_id = _group_id(text)
    return text if group_id is None else customers.group_names([group_id]).get(group_id, text)


def _groups_meant(text: str) -> tuple[UUID, ...]:
    """The billing groups that a filter stands for: one by its id, else by a name, which an archived one may share."""
    group_id = _group_id(text)
    return customers.groups_named(text) if group_id is None else (group_id,)


def _group_id(text: str) -> UUID | None:
    try:
        return billing_group_id_of(text)
    except NotFound:
        return None
