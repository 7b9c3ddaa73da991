"""E-invoices by themselves: the XML of Factur-X that a document's PDF has in it (decision 0038), or why it has none."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tallystick.catalog.queries import tax_rates_by_id
from tallystick.foundation import business
from tallystick.foundation.errors import Conflict
from tallystick.foundation.files import File
from tallystick.foundation.permissions import Actor
from tallystick.invoices.documents.cii import cross_industry_invoice
from tallystick.invoices.documents.einvoice import Obstacle, obstacles, seller_obstacles
from tallystick.invoices.documents.facts import CreditNoteFacts, InvoiceFacts
from tallystick.usecases.document_facts import purchase_tax_facts, seller_of, tax_document_facts
from tallystick.usecases.documents import (
    said_by_credit_note,
    said_by_invoices,
    said_by_purchase_tax_document,
    said_by_tax_document,
)
from tallystick.usecases.frame import scope_of
from tallystick.usecases.roles import Permission
from tallystick.wallets import purchase_tax_queries
from tallystick.wallets import queries as wallets

_XML: Final = "application/xml"
_REASONS: Final = {
    Obstacle.NO_CLAIM: gettext_noop("It claims nothing: it is void, or asks for prepaid money."),
    Obstacle.THREE_DECIMALS: gettext_noop(
        "Its currency has three decimal places, and the standard EN 16931 knows two at most."
    ),
    Obstacle.SELLER_ADDRESS: gettext_noop("The address of the business was missing when it was issued."),
    Obstacle.SELLER_COUNTRY: gettext_noop("The country of the business was missing when it was issued."),
    Obstacle.SELLER_TAX_ID: gettext_noop("The tax number of the business was missing when it was issued."),
    Obstacle.BUYER_COUNTRY: gettext_noop("The country of the customer was missing when it was issued."),
    Obstacle.BUYER_VAT_ID: gettext_noop(
        "The customer’s VAT number, such as DE123456789, was missing when it was issued, and reverse charge needs it."
    ),
    Obstacle.TAX_APART: gettext_noop(
        "Its tax was rounded in many parts, and is further from its rate than the standard EN 16931 allows."
    ),
}


@dataclass(kw_only=True, eq=False)
class NoEInvoice(Conflict):
    """The document is a PDF alone. `obstacle` is the first that keeps it from being an e-invoice."""

    code: ClassVar[str] = "no_e_invoice"
    sentence: ClassVar[str] = "This document has no e-invoice. {reason}"

    obstacle: str
    reason: str


def invoice_xml(*, actor: Actor, invoice_id: UUID) -> File:
    """This function will return an issued invoice as XML (Factur-X, profile EN 16931), which is in its PDF too.

    Raises:
        NotFound: when there is no such invoice, or not for this actor.
        InvoiceNotIssued: when it is a draft.
        NoEInvoice: when it is no e-invoice, and why.
    """
    actor.require(Permission.DOWNLOAD)
    return _written(said_by_invoices(actor, [invoice_id])[0])


def credit_note_xml(*, actor: Actor, credit_note_id: UUID) -> File:
    """This function will return a credit note as XML, which is in its PDF too.

    Raises:
        NotFound: when there is no such credit note, or not for this actor.
        NoEInvoice: when it is no e-invoice, and why.
    """
    actor.require(Permission.DOWNLOAD)
    return _written(said_by_credit_note(actor, credit_note_id))


def tax_document_xml(*, actor: Actor, document_id: UUID) -> File:
    """This function will return the tax document of a top-up as XML, which is in its PDF too.

    Raises:
        NotFound: when there is none, or not for this actor.
        NoEInvoice: when it is no e-invoice, and why.
    """
    actor.require(Permission.DOWNLOAD)
    return _written(said_by_tax_document(actor, document_id))


def purchase_tax_document_xml(*, actor: Actor, document_id: UUID) -> File:
    """This function will return the tax invoice of a month's purchases as XML, which is in its PDF too.

    Raises:
        NotFound: when there is none, or not for this actor.
        NoEInvoice: when it is no e-invoice, and why.
    """
    actor.require(Permission.DOWNLOAD)
    return _written(said_by_purchase_tax_document(actor, document_id))


def tax_documents_with_xml(
    *, actor: Actor, of_topups: Collection[UUID] = (), of_purchases: Collection[UUID] = ()
) -> set[UUID]:
    """This function will return which tax documents of top-ups, and of purchases, are e-invoices, in a few queries for
    any number; what is not for the actor is left out.
    """
    actor.require(Permission.VIEW)
    scope = scope_of(actor)
    topups = wallets.tax_documents_by_id(of_topups)
    own = {each: row for each, row in topups.items() if scope in {None, row["lot__wallet__customer_id"]}}
    purchases = purchase_tax_queries.documents_by_id(of_purchases, of_customer=scope)
    rates = tax_rates_by_id(
        [
            *(row["tax_rate_id"] for row in own.values()),
            *(line["tax_rate_id"] for row in purchases.values() for line in row["lines"]),
        ]
    )
    said = {each: tax_document_facts(row, rates) for each, row in own.items()}
    said |= {each: purchase_tax_facts(row, rates) for each, row in purchases.items()}
    return {each for each, facts in said.items() if not obstacles(facts)}


def why_no_e_invoice(*, actor: Actor, invoice_id: UUID) -> list[str]:
    """This function will say what keeps an issued invoice from being an e-invoice, in the reader's language; mostly
    nothing.

    Raises:
        NotFound: when there is no such invoice, or not for this actor.
        InvoiceNotIssued: when it is a draft.
    """
    actor.require(Permission.VIEW)
    return [_(_REASONS[each]) for each in obstacles(said_by_invoices(actor, [invoice_id])[0])]


def business_lacks() -> list[Obstacle]:
    """This function will return which details of the business e-invoices need and the settings lack."""
    return list(seller_obstacles(seller_of(business.frozen_party())))


def _written(facts: InvoiceFacts | CreditNoteFacts) -> File:
    if found := obstacles(facts):
        raise NoEInvoice(obstacle=found[0], reason=_REASONS[found[0]])
    return File(name=f"{facts.number}.xml", media_type=_XML, content=cross_industry_invoice(facts))
