"""Subscriptions: the list, and the page of one."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import (
    COLLECTIONS,
    FREQUENCIES,
    Row,
    next_bill,
    percents_of,
    period_price,
    quantity_text,
    subscription_status,
)
from tallystick.interfaces.backoffice.payment_table import customers_named, is_customer
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.backoffice.subscription_story import story
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.tables import Column, Table, TableQuery, View, table_response
from tallystick.ledger import queries as ledger
from tallystick.subscriptions import queries
from tallystick.subscriptions.queries import SubscriptionFilter
from tallystick.wire.references import SUBSCRIPTION

_STATES = {
    "draft": _("Draft"),
    "trial": _("Trial"),
    "active": _("Active"),
    "paused": _("Paused"),
    "suspended": _("Suspended"),
    "cancelled": _("Cancelled"),
    "ended": _("Ended"),
}


def _plan(row: Row) -> SafeString:
    """What is subscribed to: the product, and below it how many of which variant, as they were named together."""
    product, _dash, variant = row["description"].partition(" – ")
    return markup.thing(product, detail=f"{quantity_text(row['quantity'])} × {variant}")


def _columns(percents: dict[UUID, Decimal]) -> list[Column[Row]]:
    return [
        Column(key="number", label=_("Number"), cell=lambda row: row["number"], phone="meta", nowrap=True),
        Column(
            key="customer",
            label=_("Customer"),
            cell=lambda row: markup.person(row["customer__name"]),
            phone="title",
        ),
        Column(key="plan", label=_("Product, quantity, variant"), cell=_plan, phone="meta"),
        Column(key="state", label=_("State"), cell=subscription_status, phone="meta"),
        Column(key="next", label=_("Next bill"), cell=next_bill, nowrap=True),
        Column(
            key="collection",
            label=_("Collection"),
            cell=lambda row: COLLECTIONS[row["collection"]],
            wide_only=True,
            nowrap=True,
        ),
        Column(
            key="price",
            label=_("Price with tax"),
            cell=lambda row: period_price(row, percents),
            number=True,
            phone="amount",
        ),
    ]


def subscription_table(percents: dict[UUID, Decimal]) -> Table[Row]:
    """This function will return the list of subscriptions; `percents` is the cost recovery of its rows."""
    return Table[Row](
        name="subscriptions",
        label=_("Subscriptions"),
        columns=_columns(percents),
        row_id=lambda row: public_id(SUBSCRIPTION, row["id"]),
        row_href=lambda row: addresses.subscription_url(row["id"]),
        search_label=_("Number, customer, product or variant"),
        filters=[
            Filter(key="state", label=_("State"), choices=[Choice(state, word) for state, word in _STATES.items()]),
            Filter(key="customer", label=_("Customer"), kind="text", finds=is_customer),
            Filter(
                key="frequency",
                label=_("Billed"),
                choices=[Choice(frequency, word) for frequency, word in FREQUENCIES.items()],
            ),
            Filter(
                key="currency",
                label=_("Currency"),
                choices=[Choice(code, code) for code in ledger.usable_currencies()],
            ),
        ],
        views=[
            View(_("All")),
            View(_("Active"), (("state", "active"),)),
            View(_("Drafts"), (("state", "draft"),)),
            View(_("On trial"), (("state", "trial"),)),
            View(_("Paused"), (("state", "paused"),)),
            View(_("Suspended"), (("state", "suspended"),)),
            View(_("Over"), (("state", "cancelled"), ("state", "ended"))),
        ],
        exports=False,
        empty_title=_("No subscriptions yet"),
        empty_text=_("Begin the first one: choose a customer and a price, and see its bills before anything is saved."),
        empty_icon="repeat",
    )


def _wanted(query: TableQuery) -> SubscriptionFilter:
    typed = query.text("customer")
    return SubscriptionFilter(
        state=query.values("state"),
        frequency=query.values("frequency"),
        currency=query.values("currency"),
        search=query.search,
        customer_ids=customers_named(typed) if typed else None,
    )


@require_safe
@page()
def subscription_list(request: StaffRequest) -> HttpResponse:
    """This function will show the subscriptions that the address asks for, newest first."""
    percents: dict[UUID, Decimal] = {}
    table = subscription_table(percents)
    query = table.read(request.GET)
    found = queries.subscriptions_page(_wanted(query), cursor=query.after or query.before)
    percents.update(percents_of(found.rows))
    listed = table.page(
        query,
        request.path,
        found.rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        saved=saved_views_of(request, table),
    )
    return table_response(request, "backoffice/subscriptions.html", listed)


@require_safe
@page()
def subscription(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a subscription: what is agreed, what is billed and what comes, and what happened."""
    context: dict[str, Any] = story(request, addresses.subscription_id_of(public))
    return render(request, "backoffice/subscription.html", context)
