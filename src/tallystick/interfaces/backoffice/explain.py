"""Explain this number: the rule that makes an amount, its parts down to postings, and what does not count in it."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.customers import queries as customers
from tallystick.foundation.errors import Invalid
from tallystick.foundation.ids import parse_public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.parts import RULES
from tallystick.invoices import queries as invoices
from tallystick.invoices.document_queries import line
from tallystick.ledger.accounts import CHART
from tallystick.payments import queries as payments
from tallystick.reports.explain.answers import MOST_EXCLUDED, Excluded, Leaf, Part
from tallystick.reports.explain.numbers import Subject
from tallystick.reports.explain.registry import NUMBERS
from tallystick.usecases import explain as usecase
from tallystick.usecases.explain import Explained
from tallystick.wire.explain import part_id, part_id_of

_DIALOG = "kit-dialog-body"
_LEAVES = 100
_PARTS = 25
REASONS = {
    "pending": gettext_lazy("Expected or promised: no money has moved"),
    "processing": gettext_lazy("A payment service is at it: no money has moved yet"),
    "failed": gettext_lazy("Failed: no money moved"),
    "cancelled": gettext_lazy("Cancelled: it will not come"),
    "superseded": gettext_lazy("Superseded: the money came in another payment"),
    "reversed": gettext_lazy("Reversed: the record was wrong, and counts in no sum"),
    "released": gettext_lazy("The allocation was undone"),
    "refunded": gettext_lazy("Paid back: a refund is no income, and takes nothing off it"),
    "disputed": gettext_lazy("Lost in a dispute: the payer’s bank took it back"),
    "draft": gettext_lazy("A draft claims nothing"),
    "request": gettext_lazy("A top-up request is no claim: it is paid when somebody wants to"),
    "void": gettext_lazy("Voided: the claim was withdrawn"),
    "later": gettext_lazy("Counts from a later day on, or was recorded later"),
    "not_due": gettext_lazy("Not overdue yet"),
    "other_age": gettext_lazy("Of another age"),
    "other_currency": gettext_lazy("In another currency: currencies are never added up"),
}


@require_safe
@page()
def explain(request: StaffRequest, name: str) -> HttpResponse:
    """This function will explain a number, on a page or in the dialog of the page that asks; or one part of it."""
    part = request.GET.get("part", "")
    try:
        told = usecase.explain(
            actor=request.actor,
            at=request.at,
            name=name,
            subject=_subject(request),
            part=part_id_of(part) if part else None,
            cursor=request.GET.get("cursor", ""),
            limit=_LEAVES if part else _PARTS,
        )
    except (Invalid, ValueError) as error:
        # Only an address that nobody's page has written leads here.
        raise BadRequest(str(error)) from error
    in_dialog = request.headers.get("HX-Target") == _DIALOG
    context = {
        "frame": "backoffice/explain_dialog.html" if in_dialog else "backoffice/explain_page.html",
        **_shown(request, told, one_part=bool(part)),
    }
    response = render(request, "backoffice/explain.html", context)
    patch_vary_headers(response, ["HX-Target"])
    return response


def _subject(request: StaffRequest) -> Subject:
    told: dict[str, Any] = {}
    for name, prefix in addresses.ABOUT.items():
        if text := request.GET.get(name, ""):
            told[name] = parse_public_id(prefix, text, kind=name.replace("_", " "))
    for name in ("first_day", "until"):
        if text := request.GET.get(name, ""):
            told[name] = date.fromisoformat(text)
    if text := request.GET.get("known_before", ""):
        told["known_before"] = datetime.fromisoformat(text).astimezone(UTC)
    told |= {name: request.GET.get(name, "") for name in ("account", "currency", "age")}
    return Subject(**told)


def _shown(request: StaffRequest, told: Explained, *, one_part: bool) -> dict[str, Any]:
    number, excluded = told.number, told.excluded
    kept = {name: value for name, value in request.GET.items() if name not in {"part", "cursor"}}
    own = f"{request.path}?{urlencode(kept)}"
    here = {**kept, "part": request.GET["part"]} if one_part else kept
    return {
        "told": told,
        "about": _about(told.subject),
        "one_part": one_part,
        "parts": [_part(told, each, own) for each in told.parts],
        "excluded": [_excluded(each) for each in excluded[:MOST_EXCLUDED]],
        "more_excluded": len(excluded) > MOST_EXCLUDED,
        "explains_excluded": bool(number.excluded) and not one_part,
        "own_url": own,
        "next_url": f"{request.path}?{urlencode({**here, 'cursor': told.next_cursor})}" if told.next_cursor else "",
        "begins": not request.GET.get("cursor"),
    }


def _about(subject: Subject) -> list[dict[str, str]]:
    """What the number is about, with the pages of it."""
    found = []
    if subject.customer:
        found.append((customers.customer(subject.customer)["name"], addresses.customer_url(subject.customer)))
    if subject.invoice:
        row = invoices.invoice(subject.invoice)
        found.append((row["number"] or _("Draft"), addresses.invoice_url(subject.invoice)))
    if subject.line:
        of = line(subject.line)
        found.append((of["description"], addresses.invoice_url(of["invoice_id"])))
    if subject.payment:
        receipt = payments.public_payment(subject.payment)["receipt_number"]
        found.append((receipt or _("Payment"), addresses.payment_url(subject.payment)))
    if subject.account:
        found.append((f"{subject.account} {CHART[subject.account].name}", ""))
    return [{"name": name, "url": url} for name, url in found]


def _part(told: Explained, part: Part, own: str) -> dict[str, Any]:
    number, further = told.number, ""
    if number.part_number and part.kind == number.part_takes:
        taken = NUMBERS[number.part_number].takes
        about: dict[str, Any] = {number.part_takes: part.id}
        about |= {name: getattr(told.subject, name) for name in ("age", "first_day", "until") if name in taken}
        if "currency" in taken:
            about["currency"] = told.currency
        further = addresses.explain_url(number.part_number, **about)
    return {
        "name": part.name or _NAMELESS.get(part.kind, ""),
        "kind": KINDS.get(part.kind, ""),
        "url": addresses.object_url(part.kind, part.id),
        "further": further,
        "minor": part.minor,
        "leaves": [_leaf(each) for each in part.leaves],
        "more": part.count - len(part.leaves),
        "all_url": f"{own}&{urlencode({'part': part_id(part)})}",
    }


def _leaf(leaf: Leaf) -> dict[str, Any]:
    return {"leaf": leaf, "rule_words": RULES.get(leaf.rule or "", "")}


def _excluded(one: Excluded) -> dict[str, Any]:
    url = addresses.object_url(one.kind, one.id) if one.id else ""
    return {"one": one, "name": one.name or _NAMELESS.get(one.kind, ""), "url": url, "reason": REASONS[one.reason]}


KINDS = {
    "invoice": gettext_lazy("Invoice"),
    "payment": gettext_lazy("Payment"),
    "credit_note": gettext_lazy("Credit note"),
    "customer": gettext_lazy("Customer"),
    "line": gettext_lazy("Line"),
    "lot": gettext_lazy("Prepaid lot"),
    "product": gettext_lazy("Product"),
    "dispute": gettext_lazy("Dispute"),
    "voucher_batch": gettext_lazy("Vouchers"),
    "gateway_account": gettext_lazy("Payment service"),
    "tax_rate": gettext_lazy("Tax rate"),
}
_NAMELESS = {"invoice": gettext_lazy("Draft"), "payment": gettext_lazy("Payment without a receipt")}
