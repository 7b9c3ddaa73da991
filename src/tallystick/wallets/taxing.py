"""Tax on top-up, the second form of J16: the tax within what provisions a request, and its numbered document.

A request whose line is at a rate of its own, and not at the one outside the scope of tax, is taxed when it is paid.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from tallystick.catalog.queries import TAX_ON_USE, TaxRateFacts, tax_rate
from tallystick.customers.queries import customer_row, frozen_party
from tallystick.foundation import business, numbering
from tallystick.foundation.rows import fetch_one
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices.operations import InvoiceRow
from tallystick.ledger.accounts import OUTPUT_TAX
from tallystick.ledger.entries import Worth
from tallystick.ledger.queries import draft_of
from tallystick.money.split import pro_rata
from tallystick.wallets.models import TaxDocument
from tallystick.wallets.posting_rules import Taxed

SERIES: Final = "topup_tax"

_RATE: Final = """
SELECT line.tax_rate_id FROM invoices_invoiceline line JOIN catalog_taxrate rate ON rate.id = line.tax_rate_id
WHERE line.invoice_id = %s AND rate.name <> %s
"""
_STANDING: Final = """
SELECT coalesce(sum(document.net_minor + document.tax_minor), 0)::bigint AS gross,
    coalesce(sum(document.tax_minor), 0)::bigint AS tax
FROM wallets_taxdocument document
JOIN wallets_lot lot ON lot.id = document.lot_id
JOIN allocations_allocation allocation ON allocation.id = lot.allocation_id
WHERE allocation.invoice_id = %s AND lot.taken_back_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxWithin:
    """The tax within an amount that was paid in, in minor units, and its rate."""

    rate: TaxRateFacts
    minor: int

    def of(self, given: Worth) -> Taxed:
        """This function will value the tax by what the whole amount is carried at."""
        base = pro_rata(given.base_minor, self.minor, given.minor)
        return Taxed(rate_id=self.rate.id, worth=Worth(self.minor, given.currency, base))


def rate_on_topup(request_id: UUID) -> TaxRateFacts | None:
    """This function will return the rate at which a request is taxed when it is paid; none is tax on use."""
    row = fetch_one(_RATE, [request_id, TAX_ON_USE])
    return None if row is None else tax_rate(row["tax_rate_id"])


@needs_transaction
def tax_within(claim: InvoiceRow, rate: TaxRateFacts, minor: int) -> TaxWithin:
    """This function will return the tax within a part of a locked request that is paid now.

    All parts that stand have the tax of their sum, so that the last one takes the rest, and all of it is the request's
    own. Something is always left for the lot.
    """
    before = fetch_one(_STANDING, [claim.id])
    if before is None:
        raise AssertionError(claim.id)  # a sum has a row
    owed = pro_rata(claim.tax_minor, before["gross"] + minor, claim.total_minor) - before["tax"]
    return TaxWithin(rate=rate, minor=max(min(owed, minor - 1), 0))


@needs_transaction
def issue(claim: InvoiceRow, lot_id: UUID, within: TaxWithin, minor: int, *, day: date, at: datetime) -> str:
    """This function will write the tax document of an amount that was paid in, and return its number.

    Both parties are frozen as they are now. The number is taken last, because its series stays locked.
    """
    document = TaxDocument(
        lot_id=lot_id,
        tax_rate_id=within.rate.id,
        tax_percent=within.rate.percent,
        net_minor=minor - within.minor,
        tax_minor=within.minor,
        document_date=day,
        seller=business.frozen_party(),
        buyer=frozen_party(customer_row(claim.customer_id)),
        issued_at=at,
    )
    document.number = f"TAX-{day.year}-{numbering.take(f'{SERIES}:{day.year}'):05}"
    document.save(force_insert=True)
    return document.number


def posted_tax(entry_id: UUID) -> Taxed | None:
    """This function will return the tax that the entry of a top-up posted, which goes back with it (J17)."""
    for line in draft_of(entry_id).lines:
        if line.account is OUTPUT_TAX and line.per is not None:
            return Taxed(rate_id=line.per, worth=line.worth)
    return None
