"""What stands on documents, from the rows that were frozen when they were issued; drafts are shown as of now."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.catalog.queries import TaxRateFacts
from tallystick.correspondence.queries import OUR_COLOUR
from tallystick.customers import queries as customers
from tallystick.foundation import business
from tallystick.foundation.wording import spoken_language
from tallystick.invoices.documents.facts import (
    BankFacts,
    Claim,
    CreditedLineFacts,
    CreditNoteFacts,
    InvoiceFacts,
    LineFacts,
    Logo,
    Mark,
    PartOfPeriod,
    PartyFacts,
    TaxFacts,
)
from tallystick.invoices.documents.logos import logo_of
from tallystick.invoices.states import DRAFT, TOPUP, VOID
from tallystick.usecases import places

Row = Mapping[str, Any]
_MARKS = {DRAFT: Mark.DRAFT, VOID: Mark.VOID}


def invoice_facts(row: Row, rates: Mapping[UUID, TaxRateFacts]) -> InvoiceFacts:
    """This function will return what stands on an invoice, whose row has its lines."""
    seller = _seller(row)
    bank = seller["bank"]
    return InvoiceFacts(
        **_common(row, seller),
        claim=Claim.PREPAYMENT if row["kind"] == TOPUP else Claim.MONEY,
        expires_months=row["expires_months"],
        mark=_MARKS.get(row["state"], Mark.NONE),
        invoice_date=row["invoice_date"],
        due_date=row["due_date"],
        title=row["title"],
        lines=tuple(
            LineFacts(
                **_line(line, rates),
                quantity=line["quantity"],
                unit_price_minor=line["unit_price_minor"],
                part=_part(line["arithmetic"]),
            )
            for line in row["lines"]
        ),
        bank=BankFacts(**bank) if bank else None,
        portal_url=places.portal_invoice(row["id"]),
    )


def tax_document_facts(row: Row, rates: Mapping[UUID, TaxRateFacts]) -> InvoiceFacts:
    """This function will return what stands on the tax document of a top-up, which was paid before it was issued."""
    rate = rates[row["tax_rate_id"]]
    with translation.override(spoken_language(row["buyer"]["language"])):
        description = _("Top-up of prepaid credit, request %(number)s") % {
            "number": row["lot__allocation__invoice__number"]
        }
    total_minor = row["net_minor"] + row["tax_minor"]
    line = LineFacts(
        tax=TaxFacts(rate_id=rate.id, name=rate.name, percent=row["tax_percent"], category=rate.category),
        description=description,
        net_minor=row["net_minor"],
        tax_minor=row["tax_minor"],
        period_start=None,
        period_end=None,
        quantity=Decimal(1),
        unit_price_minor=total_minor,
    )
    return InvoiceFacts(
        **paper_of(row["seller"], row["buyer"]),
        number=row["number"],
        currency=row["lot__wallet__currency"],
        prices_include_tax=True,
        net_minor=row["net_minor"],
        tax_minor=row["tax_minor"],
        total_minor=total_minor,
        claim=Claim.TAXED_TOPUP,
        mark=Mark.NONE if row["lot__taken_back_at"] is None else Mark.VOID,
        invoice_date=row["document_date"],
        due_date=None,
        title="",
        lines=(line,),
        bank=None,
        portal_url=places.portal_invoice(row["lot__allocation__invoice_id"]),
    )


def purchase_tax_facts(row: Row, rates: Mapping[UUID, TaxRateFacts]) -> InvoiceFacts:
    """This function will return what stands on the tax document of a month's purchases, which were paid before."""
    with translation.override(spoken_language(row["buyer"]["language"])):
        lines = tuple(_purchases_line(row, line, rates[line["tax_rate_id"]]) for line in row["lines"])
    return InvoiceFacts(
        **paper_of(row["seller"], row["buyer"]),
        number=row["number"],
        currency=row["wallet__currency"],
        prices_include_tax=True,
        net_minor=row["net_minor"],
        tax_minor=row["tax_minor"],
        total_minor=row["total_minor"],
        claim=Claim.TAXED_PURCHASES,
        mark=Mark.NONE,
        invoice_date=row["document_date"],
        due_date=None,
        title="",
        lines=lines,
        bank=None,
        portal_url=places.portal_wallet(),
    )


def _purchases_line(row: Row, line: Row, rate: TaxRateFacts) -> LineFacts:
    count, back = line["purchases"], line["credits"]
    description = ngettext("%(count)s purchase", "%(count)s purchases", count) % {"count": count}
    if back:
        less = ngettext("less %(count)s credit", "less %(count)s credits", back) % {"count": back}
        description = f"{description}, {less}"
    return LineFacts(
        tax=TaxFacts(rate_id=rate.id, name=rate.name, percent=line["tax_percent"], category=rate.category),
        description=description,
        net_minor=line["net_minor"],
        tax_minor=line["tax_minor"],
        period_start=row["period_start"],
        period_end=row["period_end"],
        quantity=Decimal(1),
        unit_price_minor=line["net_minor"] + line["tax_minor"],
    )


def credit_note_facts(row: Row, rates: Mapping[UUID, TaxRateFacts]) -> CreditNoteFacts:
    """This function will return what stands on a credit note, whose row has its lines."""
    return CreditNoteFacts(
        **_common(row, _seller(row)),
        credit_note_date=row["credit_note_date"],
        invoice_number=row["invoice_number"],
        invoice_date=row["invoice_date"],
        reason=row["reason"],
        lines=tuple(CreditedLineFacts(**_line(line, rates)) for line in row["lines"]),
    )


def _seller(row: Row) -> dict[str, Any]:
    # What was issued before documents were drawn has no looks and no bank account: those of now stand in.
    return {**business.frozen_party(pays_in=row["currency"]), **(row["seller"] or {})}


def _common(row: Row, seller: dict[str, Any]) -> dict[str, Any]:
    buyer = row["buyer"]
    if buyer is None or "language" not in buyer:
        buyer = {**customers.frozen_party(customers.customer_row(row["customer_id"])), **(buyer or {})}
    amounts = ("currency", "prices_include_tax", "net_minor", "tax_minor", "total_minor")
    return {"number": row["number"] or "", **paper_of(seller, buyer), **{name: row[name] for name in amounts}}


def paper_of(seller: Row, buyer: Row) -> dict[str, Any]:
    """This function will return who writes to whom, from both parties as a document freezes them."""
    place = " ".join(part for part in (buyer["postal_code"], buyer["city"]) if part)
    return {
        "seller": seller_of(seller),
        "buyer": PartyFacts(
            name=buyer["name"],
            lines=tuple(line for line in (*buyer["address_lines"].splitlines(), place, buyer["region"]) if line),
            country=buyer["country"],
            tax_id=buyer["tax_id"],
            number=buyer["number"],
            street=tuple(buyer["address_lines"].splitlines()),
            postal_code=buyer["postal_code"],
            city=buyer["city"],
            region=buyer["region"],
        ),
        "logo": _logo(seller["logo"]) if seller["logo"] else None,
        "colour": seller["colour"] or OUR_COLOUR,
        "locale": buyer["language"],
    }


def seller_of(seller: Row) -> PartyFacts:
    """This function will return the business, from what a document freezes of it."""
    return PartyFacts(
        name=seller["name"],
        lines=tuple(seller["address_lines"].splitlines()),
        country=seller["country"],
        tax_id=seller["tax_id"],
        email=seller["email"],
    )


def _line(line: Row, rates: Mapping[UUID, TaxRateFacts]) -> dict[str, Any]:
    rate = rates[line["tax_rate_id"]]
    tax = TaxFacts(rate_id=rate.id, name=rate.name, percent=line["tax_percent"], category=rate.category)
    own = ("description", "net_minor", "tax_minor", "period_start", "period_end", "member_id", "member_name")
    return {"tax": tax, **{name: line[name] for name in own}}


def _part(arithmetic: Row | None) -> PartOfPeriod | None:
    if arithmetic is None:
        return None
    return PartOfPeriod(
        days=arithmetic["days"],
        of_days=arithmetic["of_days"],
        price_minor=arithmetic["price_minor"],
        quantity=Decimal(str(arithmetic["quantity"])),
    )


@lru_cache(maxsize=4)
def _logo(digest: str) -> Logo:
    # A hash names the same bytes for ever.
    return logo_of(business.logo(digest))
