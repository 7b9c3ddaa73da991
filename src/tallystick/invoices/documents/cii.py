"""Writes a document as Cross Industry Invoice (UN/CEFACT CII D22B), in the profile EN 16931 of Factur-X. Pure.

The schema fixes the order of elements; the comments name the terms of EN 16931-1.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from django.utils.translation import gettext as _

from tallystick.foundation.wording import one_line
from tallystick.invoices.documents.einvoice import (
    OUTSIDE_SCOPE,
    REVERSE_CHARGE,
    Reckoning,
    TaxPart,
    reckoned,
    vat_id,
)
from tallystick.invoices.documents.facts import (
    BankFacts,
    Claim,
    CreditedLineFacts,
    CreditNoteFacts,
    InvoiceFacts,
    PartyFacts,
)
from tallystick.invoices.documents.phrases import language_of
from tallystick.invoices.documents.transfer_code import is_iban

_STANDARD: Final = "urn:un:unece:uncefact:data:standard"
_SPACES: Final = {
    "rsm": f"{_STANDARD}:CrossIndustryInvoice:100",
    "ram": f"{_STANDARD}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_STANDARD}:UnqualifiedDataType:100",
    "qdt": f"{_STANDARD}:QualifiedDataType:100",
}
_PROFILE: Final = "urn:cen.eu:en16931:2017"
# UNTDID 1001, 4461 and 5305; UN/ECE recommendation 20.
_INVOICE, _CREDIT_NOTE = "380", "381"
_CREDIT_TRANSFER, _SEPA_TRANSFER = "30", "58"
_ONE: Final = "C62"
_REASON_CODES: Final = {REVERSE_CHARGE: "VATEX-EU-AE", OUTSIDE_SCOPE: "VATEX-EU-O"}
# What XML cannot say in any way.
_UNSAYABLE: Final = dict.fromkeys([0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])

Facts = InvoiceFacts | CreditNoteFacts


def cross_industry_invoice(facts: Facts) -> bytes:
    """This function will write a document that nothing keeps from being an e-invoice (`einvoice.obstacles`) as XML.

    The same facts give the same bytes. Its amounts are those of the document, in the same currency.
    """
    from lxml import etree

    reckoning = reckoned(facts)
    root = etree.Element(_name("rsm:CrossIndustryInvoice"), nsmap=_SPACES)
    context = _put(root, "rsm:ExchangedDocumentContext")
    _put(_put(context, "GuidelineSpecifiedDocumentContextParameter"), "ID", _PROFILE)
    with language_of(facts):
        _head(root, facts)
        trade = _put(root, "rsm:SupplyChainTradeTransaction")
        for place, line in enumerate(facts.lines, start=1):
            _line(trade, reckoning, line, place)
        agreement = _put(trade, "ApplicableHeaderTradeAgreement")
        _party(agreement, "SellerTradeParty", facts.seller, names_vat=not reckoning.is_outside)
        _party(agreement, "BuyerTradeParty", facts.buyer, names_vat=not reckoning.is_outside)
        # The schema demands it, and nothing of what it may hold is known.
        _put(trade, "ApplicableHeaderTradeDelivery")
        _settlement(trade, reckoning)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def _head(root: Any, facts: Facts) -> None:
    head = _put(root, "rsm:ExchangedDocument")
    _put(head, "ID", facts.number)
    is_credit = isinstance(facts, CreditNoteFacts) or facts.total_minor < 0
    _put(head, "TypeCode", _CREDIT_NOTE if is_credit else _INVOICE)
    issued = facts.credit_note_date if isinstance(facts, CreditNoteFacts) else facts.invoice_date
    _day(head, "IssueDateTime", issued)
    # BT-22
    if note := _said(facts.reason if isinstance(facts, CreditNoteFacts) else facts.title):
        _put(_put(head, "IncludedNote"), "Content", note)


def _line(trade: Any, reckoning: Reckoning, line: CreditedLineFacts, place: int) -> None:
    amount, code = reckoning.priced(line), reckoning.code(line.tax)
    item = _put(trade, "IncludedSupplyChainTradeLineItem")
    document = _put(item, "AssociatedDocumentLineDocument")
    _put(document, "LineID", str(place))
    # BT-127: for whom it is, on a group's invoice.
    if member := _said(line.member_name):
        _put(_put(document, "IncludedNote"), "Content", member)
    _put(_put(item, "SpecifiedTradeProduct"), "Name", _named(line.description))
    price = _put(_put(item, "SpecifiedLineTradeAgreement"), "NetPriceProductTradePrice")
    _put(price, "ChargeAmount", f"{amount.price:f}")
    _put(_put(item, "SpecifiedLineTradeDelivery"), "BilledQuantity", _plain(amount.quantity), unitCode=_ONE)
    settlement = _put(item, "SpecifiedLineTradeSettlement")
    tax = _put(settlement, "ApplicableTradeTax")
    _put(tax, "TypeCode", "VAT")
    _put(tax, "CategoryCode", code)
    _percent(tax, code, line.tax.percent)
    _period(settlement, [line])
    total = _put(settlement, "SpecifiedTradeSettlementLineMonetarySummation")
    _put(total, "LineTotalAmount", reckoning.amount(line.net_minor))


def _party(agreement: Any, role: str, party: PartyFacts, *, names_vat: bool) -> None:
    found = _put(agreement, role)
    vat, bare = vat_id(party), _said(party.tax_id)
    is_seller = role == "SellerTradeParty"
    # BT-29: where no VAT number says who the seller is, another number must (BR-CO-26). BT-46: as we know the customer.
    identity = _said(party.number) or (bare if is_seller and not (vat and names_vat) else "")
    if identity:
        _put(found, "ID", identity)
    _put(found, "Name", _named(party.name))
    _address(_put(found, "PostalTradeAddress"), party)
    if party.email:
        _put(_put(found, "URIUniversalCommunication"), "URIID", _said(party.email), schemeID="EM")
    if vat and names_vat:
        _put(_put(found, "SpecifiedTaxRegistration"), "ID", vat, schemeID="VA")
    elif bare and is_seller and not vat:
        _put(_put(found, "SpecifiedTaxRegistration"), "ID", bare, schemeID="FC")


def _address(address: Any, party: PartyFacts) -> None:
    lines = [line for each in (party.street if party.city else party.lines) if (line := _said(each))]
    # There is room for three.
    lines = [*lines[:2], ", ".join(lines[2:])]
    parts = {
        "PostcodeCode": party.postal_code if party.city else "",
        **dict(zip(("LineOne", "LineTwo", "LineThree"), lines, strict=False)),
        "CityName": party.city,
        "CountryID": party.country.upper(),
        "CountrySubDivisionName": party.region if party.city else "",
    }
    for name, text in parts.items():
        if said := _said(text):
            _put(address, name, said)


def _settlement(trade: Any, reckoning: Reckoning) -> None:
    facts = reckoning.facts
    settlement = _put(trade, "ApplicableHeaderTradeSettlement")
    asks = isinstance(facts, InvoiceFacts) and facts.claim is Claim.MONEY and facts.total_minor > 0
    if asks:
        # BT-83: what the transfer is recognised by.
        _put(settlement, "PaymentReference", facts.number)
    _put(settlement, "InvoiceCurrencyCode", facts.currency)
    if isinstance(facts, InvoiceFacts) and asks and facts.bank is not None and facts.bank.iban:
        _transfer(settlement, facts.bank, facts.currency)
    for part in reckoning.parts:
        _tax(settlement, reckoning, part)
    _period(settlement, facts.lines)
    terms = _put(settlement, "SpecifiedTradePaymentTerms")
    if asks and isinstance(facts, InvoiceFacts):
        _day(terms, "DueDateDateTime", facts.due_date)
    else:
        _put(terms, "Description", _("Nothing is to be paid for it."))
    _sums(settlement, reckoning)
    if isinstance(facts, CreditNoteFacts):
        # BG-3
        reduced = _put(settlement, "InvoiceReferencedDocument")
        _put(reduced, "IssuerAssignedID", facts.invoice_number)
        _day(reduced, "FormattedIssueDateTime", facts.invoice_date, space="qdt")


def _transfer(settlement: Any, bank: BankFacts, currency: str) -> None:
    iban = bank.iban.replace(" ", "").upper()
    means = _put(settlement, "SpecifiedTradeSettlementPaymentMeans")
    _put(means, "TypeCode", _SEPA_TRANSFER if currency == "EUR" and is_iban(iban) else _CREDIT_TRANSFER)
    account = _put(means, "PayeePartyCreditorFinancialAccount")
    if is_iban(iban):
        _put(account, "IBANID", iban)
    if holder := _said(bank.holder):
        _put(account, "AccountName", holder)
    if not is_iban(iban):
        _put(account, "ProprietaryID", _said(bank.iban))
    if bic := _said(bank.bic).replace(" ", ""):
        _put(_put(means, "PayeeSpecifiedCreditorFinancialInstitution"), "BICID", bic)


def _tax(settlement: Any, reckoning: Reckoning, part: TaxPart) -> None:
    tax = _put(settlement, "ApplicableTradeTax")
    _put(tax, "CalculatedAmount", reckoning.amount(part.tax_minor))
    _put(tax, "TypeCode", "VAT")
    if part.reasons:
        _put(tax, "ExemptionReason", "; ".join(_named(reason) for reason in part.reasons))
    _put(tax, "BasisAmount", reckoning.amount(part.net_minor))
    _put(tax, "CategoryCode", part.code)
    if part.code in _REASON_CODES:
        _put(tax, "ExemptionReasonCode", _REASON_CODES[part.code])
    _percent(tax, part.code, part.percent)


def _sums(settlement: Any, reckoning: Reckoning) -> None:
    facts, paid = reckoning.facts, reckoning.paid_before_minor
    sums = _put(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    _put(sums, "LineTotalAmount", reckoning.amount(facts.net_minor))
    _put(sums, "TaxBasisTotalAmount", reckoning.amount(facts.net_minor))
    _put(sums, "TaxTotalAmount", reckoning.amount(facts.tax_minor), currencyID=facts.currency)
    _put(sums, "GrandTotalAmount", reckoning.amount(facts.total_minor))
    if paid:
        _put(sums, "TotalPrepaidAmount", reckoning.amount(paid))
    _put(sums, "DuePayableAmount", reckoning.amount(facts.total_minor - paid))


def _period(parent: Any, lines: Sequence[CreditedLineFacts]) -> None:
    """The days from the first to the last that the lines cover (BG-14, BG-26)."""
    starts = [line.period_start for line in lines if line.period_start]
    ends = [line.period_end for line in lines if line.period_end]
    if starts and ends:
        period = _put(parent, "BillingSpecifiedPeriod")
        _day(period, "StartDateTime", min(starts))
        _day(period, "EndDateTime", max(ends) - timedelta(days=1))


def _percent(tax: Any, code: str, percent: Decimal) -> None:
    # BR-O-05: what is outside the scope of tax has no rate, not one of nothing.
    if code != OUTSIDE_SCOPE:
        _put(tax, "RateApplicablePercent", _plain(percent))


def _day(parent: Any, name: str, day: date | None, *, space: str = "udt") -> None:
    assert day is not None  # noqa: S101 - only a draft has no dates, and it is no e-invoice
    _put(_put(parent, name), f"{space}:DateTimeString", f"{day:%Y%m%d}", format="102")


def _plain(value: Decimal) -> str:
    """A number without empty places: 2.5000 is "2.5", and 100 stays "100"."""
    return f"{value.normalize() + 0:f}"


def _said(text: str) -> str:
    return one_line(text.translate(_UNSAYABLE))


def _named(text: str) -> str:
    """A name, which may not be empty (BR-07, BR-25)."""
    return _said(text) or "–"


def _put(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    from lxml import etree

    child = etree.SubElement(parent, _name(name), attributes)
    child.text = text
    return child


@cache
def _name(name: str) -> str:
    space, _colon, local = name.rpartition(":")
    return f"{{{_SPACES[space or 'ram']}}}{local}"
