"""How prepaid money is shown, to staff and to customers: lots, and the tax invoices of what was bought with it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tallystick.interfaces.kit.formatting import format_month
from tallystick.interfaces.kit.markup import current_locale
from tallystick.wallets.queries import PROMOTIONAL

Row = Mapping[str, Any]


def lot_name(lot: Row) -> str:
    """This function will name a lot: by the request that opened it, or by what it was given as."""
    name: str = lot["allocation__invoice__number"] or lot["source"]
    return name


def shown_lot(lot: Row, *, url: str, today: date) -> dict[str, Any]:
    """This function will return a lot as `kit/wallet/lots.html` shows it; `url` is that of the request behind it."""
    return {
        **lot,
        "name": lot_name(lot),
        "url": url,
        "is_gift": lot["kind"] == PROMOTIONAL,
        "is_over": lot["expires_date"] is not None and lot["expires_date"] < today,
    }


def shown_purchase_tax(document: Row, *, pdf_url: str, xml_url: str) -> dict[str, Any]:
    """This function will return a tax invoice of purchases as `kit/wallet/tax_documents.html` shows it.

    Without an address of its PDF it cannot be downloaded; without one of its XML it is no e-invoice.
    """
    return {
        **document,
        "currency": document["wallet__currency"],
        "month": format_month(document["period_start"], current_locale()),
        "pdf_url": pdf_url,
        "xml_url": xml_url,
    }
