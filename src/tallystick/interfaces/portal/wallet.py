"""The wallet: what is prepaid, until when it can be used, and redeeming a voucher into it (B14; model 18)."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tallystick.foundation.errors import Conflict, Invalid
from tallystick.interfaces.kit.formatting import format_amount
from tallystick.interfaces.kit.forms import KitForm
from tallystick.interfaces.kit.markup import current_locale
from tallystick.interfaces.kit.voucher_form import RedeemForm
from tallystick.interfaces.kit.wallets import shown_lot, shown_purchase_tax
from tallystick.interfaces.portal.addresses import invoice_url, purchase_tax_url, purchase_tax_xml_url
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.refusals import form_key, say_beside
from tallystick.ledger.queries import standings, usable_currencies
from tallystick.usecases import redeem
from tallystick.usecases.e_invoices import tax_documents_with_xml
from tallystick.usecases.roles import Permission
from tallystick.wallets import purchase_tax_queries, queries

# Two years of them.
_SHOWN = 24


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def wallet(request: ContactRequest) -> HttpResponse:
    """This function will show what is prepaid, and redeem the voucher whose number was typed."""
    own = request.customer["currency"]
    currencies = [own, *(code for code in usable_currencies() if code != own)]
    form = RedeemForm(request.POST or None, currencies=currencies)
    if request.method == "POST":
        request.actor.require(Permission.REDEEM_VOUCHERS)
        if form.is_valid() and redeemed(request, form, **form.cleaned_data):
            return HttpResponseRedirect(reverse("portal:wallet"))
    context = {
        "wallets": _wallets(request),
        "tax_documents": _tax_documents(request),
        "form": form,
        "chooses_currency": len(currencies) > 1,
    }
    return render(request, "portal/wallet.html", context, status=422 if form.errors else 200)


def redeemed(request: ContactRequest, form: KitForm, *, number: str, currency: str) -> bool:
    """This function will redeem the voucher whose number was typed on a form and say what it gave; False when it was
    refused, which the form says then.
    """
    try:
        shape = redeem.redeem_voucher(
            actor=request.actor,
            at=request.at,
            customer_id=request.customer_id,
            number=number,
            currency=currency,
            idempotency_key=form_key(request),
        )
    except (Conflict, Invalid) as error:
        say_beside(form, error)
        return False
    amount = format_amount(shape["total_minor"], shape["currency"], current_locale())
    messages.success(request, _("Your voucher is redeemed: %(amount)s are in your wallet.") % {"amount": amount})
    return True


def _wallets(request: ContactRequest) -> list[dict[str, Any]]:
    """What is prepaid, a currency each, the account's own first; what was used up is left out."""
    rows = queries.wallets_of(request.customer_id)
    lots = queries.lots_of([row["id"] for row in rows], with_empty=False)
    balances = {each.currency: each.wallet_minor for each in standings(request.customer_id)}
    rows.sort(key=lambda row: (row["currency"] != request.customer["currency"], row["currency"]))
    return [
        {
            "currency": row["currency"],
            "minor": balances.get(row["currency"], 0),
            "size": abs(balances.get(row["currency"], 0)),
            "lots": [_lot(lot, request.today) for lot in lots[row["id"]]],
        }
        for row in rows
    ]


def _lot(lot: dict[str, Any], today: date) -> dict[str, Any]:
    invoice = lot["allocation__invoice_id"]
    return shown_lot(lot, url=invoice_url(invoice) if invoice else "", today=today)


def _tax_documents(request: ContactRequest) -> list[dict[str, Any]]:
    """The newest tax invoices of purchases."""
    rows = purchase_tax_queries.documents_page(customer_id=request.customer_id, limit=_SHOWN).rows
    if not request.actor.may(Permission.DOWNLOAD):
        return [shown_purchase_tax(row, pdf_url="", xml_url="") for row in rows]
    with_xml = tax_documents_with_xml(actor=request.actor, of_purchases=[row["id"] for row in rows])
    return [
        shown_purchase_tax(
            row,
            pdf_url=purchase_tax_url(row["id"]),
            xml_url=purchase_tax_xml_url(row["id"]) if row["id"] in with_xml else "",
        )
        for row in rows
    ]
