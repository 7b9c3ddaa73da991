"""Payments: the list with its file, and the page of one payment that reads like a story."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.exports import payments_file
from tallystick.interfaces.backoffice.naming import Row, amount_word, payment_name, payment_status, signed
from tallystick.interfaces.backoffice.payment_story import story
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.tables import EXPORT, Choice, Column, Filter, Table, TableQuery, View, table_response
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.payments import queries
from tallystick.payments.posting_rules import MONEY_IN
from tallystick.payments.queries import PaymentFilter
from tallystick.payments.states import STATUSES
from tallystick.subscriptions import references
from tallystick.subscriptions.references import Reference
from tallystick.wire import builders, words

KINDS = {
    "scheduled": _("Expected"),
    "receipt": _("Receipt"),
    "voucher": _("Voucher"),
    "charge": _("Purchase"),
    "refund": _("Refund"),
}
_MONEY = {"suspense": _("In suspense"), "unallocated": _("Not allocated")}
# How many customers a name typed into the filter may stand for.
_MOST_CUSTOMERS = 200


def _columns(names: dict[UUID, str], numbers: dict[UUID, str], billed: dict[UUID, Reference]) -> list[Column[Row]]:
    return [
        Column(key="name", label=_("Payment"), cell=lambda row: payment_name(row, numbers), phone="title", nowrap=True),
        Column(
            key="customer",
            label=_("Customer"),
            cell=lambda row: markup.person(names[row["customer_id"]]) if row["customer_id"] else "",
            phone="meta",
        ),
        Column(
            key="subscription",
            label=_("Subscription"),
            cell=lambda row: billed[row["invoice_id"]].number if row["invoice_id"] in billed else "",
            wide_only=True,
            nowrap=True,
        ),
        Column(key="status", label=_("Status"), cell=payment_status, phone="meta"),
        Column(
            key="method",
            label=_("Method"),
            cell=lambda row: words.method_words(row["method"]) if row["method"] else "",
            wide_only=True,
            nowrap=True,
        ),
        Column(key="due", label=_("Due"), cell=lambda row: markup.day(row["due_date"]), wide_only=True),
        Column(key="created", label=_("Date"), cell=_date, sort=True, phone="meta"),
        Column(
            key="total",
            label=_("Total"),
            cell=lambda row: markup.amount(signed(row), row["currency"], shape="code", word=amount_word(row)),
            number=True,
            phone="amount",
        ),
    ]


def _date(row: Row) -> SafeString:
    """The moment of completion; until then the day of making, greyed (model, 5)."""
    if row["completed_at"]:
        return markup.moment(row["completed_at"], clock=False)
    return markup.moment(row["created_at"], clock=False, muted=True)


def _filters() -> list[Filter]:
    return [
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
        Filter(key="customer", label=_("Customer"), kind="text"),
        Filter(key="group", label=_("Billing group"), kind="text"),
        Filter(key="due", label=_("Due"), kind="days"),
        Filter(key="received", label=_("Received"), kind="days"),
        Filter(key="money", label=_("Money"), choices=[Choice(key, word) for key, word in _MONEY.items()]),
    ]


def _table(names: dict[UUID, str], numbers: dict[UUID, str], billed: dict[UUID, Reference]) -> Table[Row]:
    return Table[Row](
        name="payments",
        label=_("Payments"),
        columns=_columns(names, numbers, billed),
        row_id=lambda row: public_id(builders.PAYMENT, row["id"]),
        row_href=lambda row: addresses.payment_url(row["id"]),
        search_label=_("Reference, text, number or name"),
        sort="-created",
        filters=_filters(),
        views=[
            View(_("All")),
            View(_("Expected"), (("status", "pending"), ("kind", "scheduled"))),
            View(_("Failed"), (("status", "failed"),)),
            View(_("In suspense"), (("money", "suspense"),)),
            View(_("Not allocated"), (("money", "unallocated"),)),
            View(_("Refunds"), (("kind", "refund"),)),
        ],
        empty_title=_("No payments yet"),
        empty_text=_("Payments appear here as soon as a customer pays, or when you record one."),
        empty_icon="coins",
    )


def _wanted(query: TableQuery) -> PaymentFilter:
    due, received, money = query.days("due"), query.days("received"), query.values("money")
    typed, group = query.text("customer"), query.text("group")
    return PaymentFilter(
        status=query.values("status"),
        kind=query.values("kind"),
        currency=query.values("currency"),
        method=query.values("method"),
        search=query.search,
        due_from=due[0],
        due_until=due[1],
        received_from=received[0],
        received_until=received[1],
        in_suspense="suspense" in money,
        unallocated="unallocated" in money,
        customer_ids=customers_named(typed) if typed else None,
        group_ids=customers.groups_named(group) if group else None,
    )


def customers_named(text: str) -> tuple[UUID, ...]:
    """This function will return the customers that a filter stands for: an account number, or a part of a name."""
    return tuple(row["id"] for row in customers.found(text, limit=_MOST_CUSTOMERS))


@require_safe
@page()
def payment_list(request: StaffRequest) -> HttpResponseBase:
    """This function will show the payments that the address asks for, or give them as a file."""
    names: dict[UUID, str] = {}
    numbers: dict[UUID, str] = {}
    billed: dict[UUID, Reference] = {}
    table = _table(names, numbers, billed)
    query = table.read(request.GET)
    wanted, oldest_first = _wanted(query), not query.descending
    if request.GET.get(EXPORT[0]) == EXPORT[1]:
        return payments_file(queries.all_payments(wanted, oldest_first=oldest_first), today=request.today)
    found = queries.payments_page(wanted, cursor=query.after or query.before, oldest_first=oldest_first)
    names.update(customers.names(row["customer_id"] for row in found.rows if row["customer_id"]))
    numbers.update(invoices.numbers(row["invoice_id"] for row in found.rows if row["invoice_id"]))
    billed.update(references.of_invoices(numbers))
    listed = table.page(
        query, request.path, found.rows, next_cursor=found.next_cursor, previous_cursor=found.previous_cursor
    )
    return table_response(request, "backoffice/payments.html", listed)


@require_safe
@page()
def payment(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a payment: how much, from whom, what can be done next, and all that happened."""
    context: dict[str, Any] = story(request, addresses.payment_id_of(public))
    return render(request, "backoffice/payment.html", context)
