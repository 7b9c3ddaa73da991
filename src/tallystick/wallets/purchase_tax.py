"""Writing the tax documents of purchases: one for each month and wallet, of what was used and taxed on use (J18, J19).

They post nothing (remark of J20): revenue and tax stand since the purchases. What was used beyond prepaid money is on
them, too, because the invoice for it has no tax.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from tallystick.customers.queries import customer_row, frozen_party
from tallystick.foundation import business, numbering
from tallystick.foundation.errors import Conflict
from tallystick.foundation.months import months_after
from tallystick.foundation.rows import execute, fetch
from tallystick.foundation.transactions import needs_transaction
from tallystick.wallets.models import PurchaseTaxDocument, PurchaseTaxLine
from tallystick.wallets.operations import locked

SERIES: Final = "purchase_tax"

# What a month's document has: its own uses, and those that came too late for the document of their own month.
_ITS: Final = """
used.wallet_id = %(wallet_id)s AND used.document_id IS NULL AND used.used_date < %(end)s
AND (used.used_date >= %(start)s OR EXISTS (
    SELECT FROM wallets_purchasetaxdocument before
    WHERE before.wallet_id = used.wallet_id AND before.period_start = date_trunc('month', used.used_date)::date
))
"""
_BY_RATE: Final = f"""
SELECT charge.tax_rate_id, charge.tax_percent, count(*) FILTER (WHERE used.gross_minor > 0) AS purchases,
    count(*) FILTER (WHERE used.gross_minor <= 0) AS credits,
    sum(used.gross_minor - used.tax_minor)::bigint AS net_minor, sum(used.tax_minor)::bigint AS tax_minor
FROM wallets_taxeduse used JOIN wallets_charge charge ON charge.payment_id = used.charge_id
WHERE {_ITS}
GROUP BY 1, 2 HAVING sum(used.gross_minor) <> 0 OR sum(used.tax_minor) <> 0 ORDER BY 2 DESC, 1
"""  # noqa: S608 - our own text
_COVER: Final = f"UPDATE wallets_taxeduse used SET document_id = %(document_id)s WHERE {_ITS}"  # noqa: S608


@dataclass(kw_only=True, eq=False)
class MonthNotOver(Conflict):
    """A tax document is for a whole month, so that nothing can be missing on it."""

    code: ClassVar[str] = "month_not_over"
    sentence: ClassVar[str] = "This month is not over yet. Its tax document can be issued from {first_date} on."
    field: ClassVar[str | None] = "month"

    first_date: date


@dataclass(kw_only=True, eq=False)
class NothingToDocument(Conflict):
    """In that month nothing was bought that was taxed when it was used, or all of it was credited."""

    code: ClassVar[str] = "nothing_to_document"
    sentence: ClassVar[str] = "Nothing that is taxed on use was bought in that month in {currency}, or it was credited."
    field: ClassVar[str | None] = "month"

    currency: str


@needs_transaction
def issue(*, customer_id: UUID, currency: str, month: date, day: date, at: datetime) -> tuple[UUID, bool]:
    """This function will write the tax document of a month, named by its first day, and return its id.

    A second one of the same month is the first one: the other value says whether it is new. Both parties are frozen as
    they are now. The number is taken last, because its series stays locked.

    Raises:
        NotFound: when there is no such customer.
        MonthNotOver: when `day` is in that month, or before it.
        NothingToDocument: when nothing is to be on it.
    """
    end = months_after(month, 1, day=1)
    if end > day:
        raise MonthNotOver(first_date=end)
    wallet = locked(customer_id, currency)
    before = PurchaseTaxDocument.objects.filter(wallet=wallet, period_start=month).first()
    if before is not None:
        return before.id, False
    its: dict[str, Any] = {"wallet_id": wallet.id, "start": month, "end": end}
    lines = fetch(_BY_RATE, its)
    if not lines:
        raise NothingToDocument(currency=currency)
    document = PurchaseTaxDocument(
        wallet=wallet,
        period_start=month,
        period_end=end,
        net_minor=sum(line["net_minor"] for line in lines),
        tax_minor=sum(line["tax_minor"] for line in lines),
        document_date=day,
        seller=business.frozen_party(),
        buyer=frozen_party(customer_row(customer_id)),
        issued_at=at,
    )
    document.number = f"TXP-{day.year}-{numbering.take(f'{SERIES}:{day.year}'):05}"
    document.save(force_insert=True)
    PurchaseTaxLine.objects.bulk_create(PurchaseTaxLine(document=document, **line) for line in lines)
    execute(_COVER, {**its, "document_id": document.id})
    return document.id, True
