"""What the mails of prepaid money say: that a top-up is asked for, and that a tax invoice is there."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from tallystick.correspondence.contents import BankLine, Kind, Letter
from tallystick.money.amounts import Money


@dataclass(frozen=True, kw_only=True)
class TopupRequested(Letter):
    """A top-up request went out. `left` is what can still be paid; `bank` and `reference` say how to transfer it.

    What is paid can be used for `expires_months`; None is for ever.
    """

    kind: ClassVar[Kind] = Kind.TOPUP_REQUESTED

    number: str
    customer_name: str
    sent_date: date
    total: Money
    left: Money
    expires_months: int | None
    bank: tuple[BankLine, ...]
    reference: str
    request_url: str


@dataclass(frozen=True, kw_only=True)
class TaxInvoiceIssued(Letter):
    """A tax invoice of prepaid money is there. What it is about was paid before: `net` came into the wallet."""

    kind: ClassVar[Kind] = Kind.TAX_INVOICE_ISSUED

    number: str
    customer_name: str
    issued_date: date
    request_number: str
    net: Money
    tax: Money
    total: Money
    document_url: str


@dataclass(frozen=True, kw_only=True)
class PurchasesTaxed(Letter):
    """The tax invoice of a month's purchases is there; both days are in it. Prepaid money paid for them."""

    kind: ClassVar[Kind] = Kind.PURCHASES_TAXED

    number: str
    customer_name: str
    issued_date: date
    first_date: date
    last_date: date
    tax: Money
    total: Money
    document_url: str
