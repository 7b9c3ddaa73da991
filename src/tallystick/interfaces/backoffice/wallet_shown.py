"""How prepaid money is shown: a customer's wallets in words, and what a purchase drew."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.backoffice.naming import Row, amount_text
from tallystick.interfaces.backoffice.parts import payment_lines
from tallystick.interfaces.kit.wallets import lot_name, shown_lot, shown_purchase_tax
from tallystick.ledger.queries import CustomerStanding
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases.e_invoices import tax_documents_with_xml
from tallystick.usecases.roles import Permission
from tallystick.wallets import purchase_tax_queries, queries, voucher_queries
from tallystick.wallets.drawing import Part

# How many purchases and lots the page of a customer shows.
_SHOWN = 5
# And a year of tax invoices.
_DOCUMENTS = 12


def wallet_words(minor: int, currency: str) -> str:
    """This function will say what is in a wallet: "Wallet 12.40 EUR", below zero "Used beyond prepaid 3.10 EUR"."""
    if minor < 0:
        return _("Used beyond prepaid %(amount)s") % {"amount": amount_text(-minor, currency)}
    return _("Wallet %(amount)s") % {"amount": amount_text(minor, currency)}


def wallet_shown(
    request: StaffRequest, customer: Row, public: str, standings: Sequence[CustomerStanding]
) -> dict[str, Any]:
    """This function will return what the page of a customer shows of its prepaid money, and what can be done."""
    customer_id: UUID = customer["id"]
    rows = queries.wallets_of(customer_id)
    lots = queries.lots_of([row["id"] for row in rows])
    balances = {each.currency: each.wallet_minor for each in standings}
    bought = lists.payments_page(PaymentFilter(customer_id=customer_id, kind="charge"), limit=_SHOWN).rows
    return {
        "is_prepaid": customer["is_prepaid"],
        "words": " · ".join(_told(row, balances.get(row["currency"], 0)) for row in rows)
        or _("Nothing was prepaid yet"),
        "each": [
            {
                "currency": row["currency"],
                "lots": [_lot(lot, request.today) for lot in lots[row["id"]] if lot["left_minor"]],
            }
            for row in rows
        ],
        "bought": payment_lines(bought),
        "bought_url": f"{reverse('office:payments')}?kind=charge&customer={customer['number']}",
        "tax_documents": _tax_documents(request, customer_id),
        "links": _links(
            request,
            public,
            is_below=any(minor < 0 for minor in balances.values()),
            lacks_tax=bool(purchase_tax_queries.months_without_document(customer_id, day=request.today)),
        ),
    }


def _told(row: Row, balance_minor: int) -> str:
    currency = row["currency"]
    told = [wallet_words(balance_minor, currency)]
    if row["debit_limit_minor"]:
        told.append(_("debit limit %(amount)s") % {"amount": amount_text(row["debit_limit_minor"], currency)})
    if row["blocked_at"]:
        told.append(_("blocked until it is filled"))
    return ", ".join(told)


def _lot(lot: Row, today: date) -> dict[str, Any]:
    invoice = lot["allocation__invoice_id"]
    return shown_lot(lot, url=addresses.invoice_url(invoice) if invoice else "", today=today)


def _tax_documents(request: StaffRequest, customer_id: UUID) -> list[dict[str, Any]]:
    rows = purchase_tax_queries.documents_page(customer_id=customer_id, limit=_DOCUMENTS).rows
    if not request.actor.may(Permission.DOWNLOAD):
        return [shown_purchase_tax(row, pdf_url="", xml_url="") for row in rows]
    with_xml = tax_documents_with_xml(actor=request.actor, of_purchases=[row["id"] for row in rows])
    return [
        shown_purchase_tax(
            row,
            pdf_url=addresses.document_url("purchase_tax_document", row["id"]),
            xml_url=addresses.e_invoice_url("purchase_tax_document", row["id"]) if row["id"] in with_xml else "",
        )
        for row in rows
    ]


def drawn(charge_id: UUID) -> list[dict[str, Any]]:
    """This function will return what a purchase took of which lot, and what came back."""
    return [
        {
            **row,
            "name": row["number"] or row["source"] or _("Beyond prepaid"),
            "is_gift": row["kind"] == queries.PROMOTIONAL,
            "is_beyond": row["lot_id"] is None,
        }
        for row in queries.draws_of([charge_id])[charge_id]
    ]


def redeemed_shown(payment_id: UUID) -> dict[str, Any]:
    """This function will return what a voucher's payment redeemed, with the address of its batch."""
    row = voucher_queries.redemption(payment_id)
    return {**row, "url": addresses.object_url("voucher_batch", row["batch_id"])}


def would_draw(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """This function will name the parts of a purchase that is being entered."""
    lots = queries.lots_by_id(part.lot_id for part in parts if part.lot_id)
    return [
        {
            "name": _("Beyond prepaid") if part.lot_id is None else lot_name(lots[part.lot_id]),
            "minor": part.minor,
            "is_gift": part.is_promotional,
            "is_beyond": part.lot_id is None,
        }
        for part in parts
    ]


def _links(request: StaffRequest, public: str, *, is_below: bool, lacks_tax: bool) -> list[Link]:
    topup = f"{reverse('office:new-topup')}?customer={public}"
    offered = [
        (Permission.DRAFT_INVOICES, Link(label=_("Top up"), url=topup, icon="wallet", dialog=False)),
        (
            Permission.REDEEM_VOUCHERS,
            Link(label=_("Voucher"), url=reverse("office:redeem-voucher", args=[public]), icon="ticket"),
        ),
        (
            Permission.CHARGE_ACCOUNTS,
            Link(label=_("Purchase"), url=reverse("office:charge", args=[public]), icon="plus", dialog=False),
        ),
        (
            Permission.SET_DEBIT_LIMITS,
            Link(label=_("Limit"), url=reverse("office:debit-limit", args=[public]), icon="pencil"),
        ),
    ]
    if is_below:
        url = reverse("office:invoice-usage", args=[public])
        offered.insert(1, (Permission.ISSUE_INVOICES, Link(label=_("Invoice usage"), url=url, icon="invoice")))
    if lacks_tax:
        url = reverse("office:tax-purchases", args=[public])
        offered.append((Permission.ISSUE_INVOICES, Link(label=_("Tax invoice"), url=url, icon="invoice")))
    return [link for permission, link in offered if request.actor.may(permission)]
