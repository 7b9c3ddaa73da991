"""Finding things while somebody types: the pickers of forms, and the command palette."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.catalog import queries as catalog
from tallystick.customers import queries as customers
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import amount_text, payment_name, price_text, tax_word
from tallystick.interfaces.kit.forms import Found, PickerField, Text
from tallystick.interfaces.kit.palette import Entry, Group, palette_results, picker_options
from tallystick.invoices import queries as invoices
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.reports import payment_search
from tallystick.subscriptions import queries as subscriptions
from tallystick.subscriptions.queries import SubscriptionFilter
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.catalog import PRICE
from tallystick.wire.ids import price_id_of

_MOST = 8


def found_customers(text: str) -> list[Found]:
    """This function will find customers for a picker."""
    rows = customers.found(text.strip(), limit=_MOST) if text.strip() else []
    return [Found(public_id(builders.CUSTOMER, row["id"]), row["name"], row["number"]) for row in rows]


def customer_of(text: str) -> Found | None:
    """This function will return the customer behind a public id, or None."""
    try:
        row = customers.customer(addresses.customer_id_of(text))
    except NotFound:
        return None
    return Found(text, row["name"], row["number"])


def found_invoices(text: str) -> list[Found]:
    """This function will find open invoices for a picker."""
    rows = invoices.found(text.strip(), open_only=True, limit=_MOST) if text.strip() else []
    names = customers.names(row["customer_id"] for row in rows)
    return [_found_invoice(row, names) for row in rows]


def invoice_of(text: str) -> Found | None:
    """This function will return the invoice behind a public id, or None."""
    try:
        row = invoices.invoice(addresses.invoice_id_of(text))
    except NotFound:
        return None
    return _found_invoice(row, customers.names([row["customer_id"]]))


def customer_field(*, label: Text, required: bool = True, help_text: Text = "") -> PickerField:
    """This function will return a field that picks a customer."""
    return PickerField(
        label=label,
        required=required,
        help_text=help_text,
        source="office:find-customers",
        find=found_customers,
        resolve=customer_of,
        placeholder=gettext_lazy("Name, number or e-mail address"),
    )


def found_prices(text: str, currency: str = "") -> list[Found]:
    """This function will find prices for a picker, by product and variant; the first few for an empty text."""
    return [_found_price(row) for row in catalog.found_prices(text, currency=currency, limit=_MOST)]


def price_of(text: str) -> Found | None:
    """This function will return the price behind a public id, archived or not, or None."""
    try:
        return _found_price(catalog.price_row(price_id_of(text)))
    except NotFound:
        return None


@page()
def find_prices(request: StaffRequest, currency: str = "") -> HttpResponse:
    """This function will answer the price picker; with a currency it offers prices in that one alone."""
    return picker_options(request, found_prices(request.GET.get("q", ""), currency))


@page()
def find_customers(request: StaffRequest) -> HttpResponse:
    """This function will answer the customer picker."""
    return picker_options(request, found_customers(request.GET.get("q", "")))


@page()
def find_invoices(request: StaffRequest) -> HttpResponse:
    """This function will answer the invoice picker."""
    return picker_options(request, found_invoices(request.GET.get("q", "")))


@page()
def find(request: StaffRequest) -> HttpResponse:
    """This function will answer the command palette: things that fit, and what can be done."""
    text = request.GET.get("q", "").strip()
    groups = [Group(_("Do"), _actions(request, text.casefold()))]
    if text:
        groups = [*_things(text), *groups]
    return palette_results(request, groups)


def _things(text: str) -> list[Group]:
    customer_rows = customers.found(text, limit=5)
    invoice_rows = invoices.found(text, limit=5)
    payment_rows = lists.payments_page(PaymentFilter(search=text, named=payment_search.named(text)), limit=5).rows
    subscription_rows = subscriptions.subscriptions_page(SubscriptionFilter(search=text), limit=5).rows
    owners: set[UUID] = {row["customer_id"] for row in [*invoice_rows, *payment_rows] if row["customer_id"]}
    names = customers.names(owners)
    numbers = invoices.numbers(row["invoice_id"] for row in payment_rows if row["invoice_id"])
    return [
        Group(
            _("Customers"),
            [Entry(row["name"], addresses.customer_url(row["id"]), "person", row["number"]) for row in customer_rows],
        ),
        Group(
            _("Invoices"),
            [
                Entry(
                    f"{row['number']} · {names[row['customer_id']]}",
                    addresses.invoice_url(row["id"]),
                    "invoice",
                    amount_text(row["total_minor"], row["currency"]),
                )
                for row in invoice_rows
            ],
        ),
        Group(
            _("Subscriptions"),
            [
                Entry(
                    f"{row['number']} · {row['customer__name']}",
                    addresses.subscription_url(row["id"]),
                    "repeat",
                    row["description"],
                )
                for row in subscription_rows
            ],
        ),
        Group(
            _("Payments"),
            [
                Entry(
                    " · ".join(
                        filter(None, [payment_name(row, numbers), names.get(row["customer_id"], ""), row["reference"]])
                    ),
                    addresses.payment_url(row["id"]),
                    "coins",
                    amount_text(row["total_minor"], row["currency"]),
                )
                for row in payment_rows
            ],
        ),
    ]


def _actions(request: StaffRequest, text: str) -> Sequence[Entry]:
    offered = [
        (Permission.RECORD_PAYMENTS, _("Record a payment"), "office:record-payment", "plus"),
        (Permission.DRAFT_INVOICES, _("Write an invoice"), "office:new-invoice", "plus"),
        (Permission.DRAFT_INVOICES, _("Request a top-up"), "office:new-topup", "wallet"),
        (Permission.DRAFT_SUBSCRIPTIONS, _("Begin a subscription"), "office:new-subscription", "plus"),
        (Permission.CHANGE_CATALOG, _("Add a product"), "office:new-product", "plus"),
        (Permission.EDIT_CUSTOMERS, _("Add a customer"), "office:new-customer", "plus"),
        (Permission.CHANGE_GROUPS, _("Make a billing group"), "office:new-group", "plus"),
        (Permission.RUN_BILLING, _("Start a bill run"), "office:new-bill-run", "refresh"),
        (Permission.MANAGE_STAFF, _("Invite a member of staff"), "office:invite-staff", "plus"),
        (Permission.MANAGE_API_KEYS, _("Create an API key"), "office:new-key", "key"),
    ]
    return [
        Entry(label, reverse(name), icon)
        for permission, label, name, icon in offered
        if request.actor.may(permission) and text in label.casefold()
    ]


def _found_invoice(row: dict[str, Any], names: dict[UUID, str]) -> Found:
    detail = f"{names[row['customer_id']]} · {amount_text(row['open_minor'], row['currency'])}"
    return Found(public_id(builders.INVOICE, row["id"]), row["number"] or "", detail)


def _found_price(row: dict[str, Any]) -> Found:
    name = f"{row['variant__product__name']} – {row['variant__name']}"
    price = price_text(row["amount_minor"], row["currency"], row["frequency"])
    return Found(public_id(PRICE, row["id"]), f"{name}, {price}", tax_word(row))
