"""The public shape of the tax invoices of purchases from prepaid money."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.wallets import purchase_tax_queries as queries
from tallystick.wire.builders import CUSTOMER, TAX_RATE, moment
from tallystick.wire.shapes import CurrencyCode, CustomerId, Day, Minor, Moment, Row, TaxRateId

PURCHASE_TAX_DOCUMENT: Final = "ptx"


class PurchaseTaxLineShape(TypedDict):
    """What was bought at one tax rate, less what was credited."""

    tax_rate: TaxRateId
    tax_percent: Annotated[str, Field(description="A decimal as text.", examples=["20.0000"])]
    purchases: Annotated[int, Field(description="How many purchases are in it.", examples=[42])]
    credits: Annotated[int, Field(description="How many credits of purchases are in it.", examples=[1])]
    net_minor: Minor
    tax_minor: Minor


class PurchaseTaxDocumentShape(TypedDict):
    """The tax invoice of what was bought from a wallet in a month, as far as its tax was due on use. It asks for no
    money, and posts nothing. Below 0 more was credited of earlier purchases than bought.
    """

    id: Annotated[str, Field(examples=["ptx_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
    number: Annotated[str, Field(examples=["TXP-2026-00001"])]
    customer: CustomerId
    currency: CurrencyCode
    period_start: Day
    period_end: Annotated[Day, Field(description="The day after the last one of the month.")]
    document_date: Day
    net_minor: Minor
    tax_minor: Minor
    total_minor: Minor
    lines: Annotated[list[PurchaseTaxLineShape], Field(description="One of each tax rate.")]
    issued_at: Moment


def purchase_tax_document_shape(row: Row) -> PurchaseTaxDocumentShape:
    """This function will return a tax invoice of purchases."""
    return {
        "id": public_id(PURCHASE_TAX_DOCUMENT, row["id"]),
        "number": row["number"],
        "customer": public_id(CUSTOMER, row["wallet__customer_id"]),
        "currency": row["wallet__currency"],
        "period_start": row["period_start"].isoformat(),
        "period_end": row["period_end"].isoformat(),
        "document_date": row["document_date"].isoformat(),
        "net_minor": row["net_minor"],
        "tax_minor": row["tax_minor"],
        "total_minor": row["total_minor"],
        "lines": [
            {
                "tax_rate": public_id(TAX_RATE, line["tax_rate_id"]),
                "tax_percent": str(line["tax_percent"]),
                "purchases": line["purchases"],
                "credits": line["credits"],
                "net_minor": line["net_minor"],
                "tax_minor": line["tax_minor"],
            }
            for line in row["lines"]
        ],
        "issued_at": moment(row["issued_at"]),
    }


def one_purchase_tax_document(document_id: UUID) -> PurchaseTaxDocumentShape:
    """This function will read a tax invoice of purchases and return its shape.

    Raises:
        NotFound: when there is none.
    """
    return purchase_tax_document_shape(queries.document(document_id))
