"""Payments: the list with its files, of everybody or of one customer, and the page of one payment, like a story."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tallystick.customers import queries as customers
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.exports import as_file, payments_file, payments_spreadsheet
from tallystick.interfaces.backoffice.money_shown import money_shown
from tallystick.interfaces.backoffice.naming import amount_text, payment_name
from tallystick.interfaces.backoffice.payment_bulk import actions_for, bulk_url
from tallystick.interfaces.backoffice.payment_story import story
from tallystick.interfaces.backoffice.payment_table import Names, order_of, payment_table, wanted_by
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.kit.formatting import format_number
from tallystick.interfaces.kit.markup import current_locale
from tallystick.interfaces.kit.saved_views import NO_SAVED_VIEWS
from tallystick.interfaces.kit.tables import table_response
from tallystick.invoices import queries as invoices
from tallystick.payments import lists
from tallystick.payments.lists import Figures
from tallystick.reports.money_map import money_map
from tallystick.subscriptions import references
from tallystick.usecases.roles import Permission

# How many allocations a page of them has.
_ALLOCATIONS: Final = 100


@require_safe
@page()
def payment_list(request: StaffRequest) -> HttpResponseBase:
    """This function will show the payments that the address asks for, or give them as a file (A5, E10, E16 to E18)."""
    return _list(request, "backoffice/payments.html", {})


@require_safe
@page()
def customer_payments(request: StaffRequest, public: str) -> HttpResponseBase:
    """This function will show the payments of one customer, with the same filters, or give them as a file (A3, A4)."""
    customer_id = addresses.customer_id_of(public)
    row = customers.customer(customer_id)
    context = {
        "customer": row,
        "customer_url": addresses.customer_url(customer_id),
        "payments_url": request.path,
        "record_url": f"{reverse('office:record-payment')}?customer={public}",
        "history_url": f"{reverse('office:report', args=['customer-payments'])}?customer={public}",
    }
    return _list(request, "backoffice/customer_payments.html", context, customer_id=customer_id)


@require_safe
@page()
def payment(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a payment: how much, from whom, what can be done next, and all that happened."""
    context: dict[str, Any] = story(request, addresses.payment_id_of(public))
    return render(request, "backoffice/payment.html", context)


@require_safe
@page()
def money(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show where a payment's money is, with all that it is allocated to, a page at a time."""
    found = money_map(addresses.payment_id_of(public), cursor=request.GET.get("after", ""), limit=_ALLOCATIONS)
    row = found.payment
    numbers = invoices.numbers([row["invoice_id"]] if row["invoice_id"] else [])
    context = {
        "name": payment_name(row, numbers),
        "payment": row,
        "payment_url": addresses.payment_url(row["id"]),
        "money": money_shown(request, found, lists_all=True),
        "next_url": f"{request.path}?{urlencode({'after': found.next_cursor})}" if found.next_cursor else "",
        "first_url": request.path if found.previous_cursor else "",
    }
    return render(request, "backoffice/payment_money_page.html", context)


def _list(
    request: StaffRequest, template: str, context: dict[str, Any], *, customer_id: UUID | None = None
) -> HttpResponseBase:
    names = Names()
    table = payment_table(
        names,
        of_customer=customer_id is not None,
        bulk_actions=actions_for(request),
        gives_files=request.actor.may(Permission.DOWNLOAD),
    )
    query = table.read(request.GET)
    wanted, sort = wanted_by(query, customer_id=customer_id), order_of(query)
    file = as_file(
        request,
        text=lambda: payments_file(wanted, sort=sort, today=request.today),
        sheet=lambda most: payments_spreadsheet(wanted, sort=sort, today=request.today, most=most),
    )
    if file is not None:
        return file
    few = lists.Few(wanted)
    found = lists.payments_page(wanted, sort=sort, cursor=query.after or query.before, few=few)
    names.customers.update(customers.names(row["customer_id"] for row in found.rows if row["customer_id"]))
    names.invoices.update(invoices.numbers(row["invoice_id"] for row in found.rows if row["invoice_id"]))
    names.billed.update(references.of_invoices(names.invoices))
    listed = table.page(
        query,
        request.path,
        found.rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        count=_count(lists.figures(wanted, few=few), is_cut=wanted.named.is_cut),
        bulk_url=bulk_url(customer_id),
        saved=saved_views_of(request, table) if customer_id is None else NO_SAVED_VIEWS,
    )
    return table_response(request, template, listed, context)


def _count(figures: Figures, *, is_cut: bool) -> str:
    """How many payments there are, and what they come to in each currency where that is known."""
    if is_cut:
        return _("Too many payments have these words. Type more of them: not all that fit are shown.")
    if not figures.is_exact:
        # Two digits say how good an estimate is.
        rounded = round(figures.count, 2 - len(str(figures.count)))
        return _("About %(count)s payments") % {"count": format_number(rounded, current_locale())}
    counted = ngettext("%(count)s payment", "%(count)s payments", figures.count)
    shown = [counted % {"count": format_number(figures.count, current_locale())}]
    shown += [amount_text(total.minor, total.currency) for total in figures.sums if total.minor]
    return " \N{MIDDLE DOT} ".join(shown)
