"""Draws documents with typst: one compiler for each thread, the fonts found once for each process.

A process that has drawn must not fork afterwards: the child's first document would never be done.
"""

import json
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from tallystick.invoices.documents.cii import cross_industry_invoice
from tallystick.invoices.documents.einvoice import obstacles
from tallystick.invoices.documents.facts import (
    CreditNoteFacts,
    InvoiceFacts,
    Mark,
    PaperFacts,
    ReceiptFacts,
    ReminderFacts,
    StatementFacts,
    VouchersFacts,
)
from tallystick.invoices.documents.factur_x import declared
from tallystick.invoices.documents.glyphs import font_folders, glyphs_for
from tallystick.invoices.documents.phrases import Sheet
from tallystick.invoices.documents.receipt_wording import receipt_sheet
from tallystick.invoices.documents.reminder_wording import reminder_sheet
from tallystick.invoices.documents.statement_wording import statement_sheet
from tallystick.invoices.documents.transfer_code import transfer_code
from tallystick.invoices.documents.voucher_wording import vouchers_sheet
from tallystick.invoices.documents.wording import credit_note_sheet, invoice_sheet

if TYPE_CHECKING:
    # It takes megabytes: loaded with the first document.
    import typst

_TEMPLATES: Final = Path(__file__).parent / "templates"
# Made for archives (ISO 19005-3): fonts and colours are inside, and no character may lack its glyph. It needs a date,
# so a draft is not.
_ARCHIVED: Final["typst.PDFStandards"] = ["a-3b"]

_compilers = threading.local()


class DocumentNotDrawn(Exception):
    """The document could not be drawn; the message says why."""


def render_invoice(facts: InvoiceFacts) -> bytes:
    """This function will draw an invoice as PDF/A-3; the same facts give the same bytes.

    The XML of Factur-X is in it, unless something keeps it from being an e-invoice (`einvoice.obstacles`).

    Raises:
        DocumentNotDrawn: when it cannot be drawn, whatever its texts are: never because of a character.
    """
    code = None
    if facts.bank is not None and facts.mark is Mark.NONE:
        code = transfer_code(
            facts.bank, amount_minor=facts.total_minor, currency=facts.currency, reference=facts.number
        )
    return _drawn("invoice", facts, invoice_sheet(facts), code=code, xml=_xml(facts))


def render_credit_note(facts: CreditNoteFacts) -> bytes:
    """This function will draw a credit note as PDF/A-3, with its XML as an invoice has it.

    Raises:
        DocumentNotDrawn: when it cannot be drawn.
    """
    return _drawn("credit_note", facts, credit_note_sheet(facts), xml=_xml(facts))


def render_receipt(facts: ReceiptFacts) -> bytes:
    """This function will draw the receipt of a payment or a refund as PDF/A-3; the same facts give the same bytes.

    Raises:
        DocumentNotDrawn: when it cannot be drawn.
    """
    return _drawn("receipt", facts, receipt_sheet(facts))


def render_reminder(facts: ReminderFacts) -> bytes:
    """This function will draw the letter that reminds of an invoice as PDF/A-3; the same facts give the same bytes.

    Raises:
        DocumentNotDrawn: when it cannot be drawn.
    """
    code = None
    if facts.bank is not None:
        code = transfer_code(
            facts.bank, amount_minor=facts.total_minor, currency=facts.currency, reference=facts.reference
        )
    return _drawn("reminder", facts, reminder_sheet(facts), code=code)


def render_statement(facts: StatementFacts) -> bytes:
    """This function will draw a statement of account as PDF/A-3; the same facts give the same bytes.

    Raises:
        DocumentNotDrawn: when it cannot be drawn.
    """
    return _drawn("statement", facts, statement_sheet(facts))


def render_vouchers(facts: VouchersFacts) -> bytes:
    """This function will draw vouchers to be cut as PDF/A-3, ten to a page; the same facts give the same bytes.

    Raises:
        DocumentNotDrawn: when it cannot be drawn.
    """
    return _drawn("vouchers", facts, vouchers_sheet(facts))


def draw_logo(svg: str) -> bytes:
    """This function will draw a logo by itself, as PNG.

    Raises:
        DocumentNotDrawn: when no document could show it.
    """
    import typst

    compiler = _compiler("logo")
    try:
        # Once as documents will show it, with the same demands, and once to be looked at.
        compiler.compile(format="pdf", sys_inputs={"logo": svg}, pdf_standards=_ARCHIVED)
        drawn = compiler.compile(format="png", sys_inputs={"logo": svg}, ppi=144)
    except typst.TypstError as error:
        raise DocumentNotDrawn(str(error)) from error
    assert isinstance(drawn, bytes)  # noqa: S101 - one page is one picture
    return drawn


def _xml(facts: InvoiceFacts | CreditNoteFacts) -> bytes | None:
    return None if obstacles(facts) else cross_industry_invoice(facts)


def _drawn(
    template: str, facts: PaperFacts, sheet: Sheet, *, code: str | None = None, xml: bytes | None = None
) -> bytes:
    import typst

    glyphs = glyphs_for("".join(_texts(sheet)), locale=facts.locale, country=facts.buyer.country)
    text = orjson.dumps({**sheet, "fonts": glyphs.families}).decode()
    # What stands for a character is written as JSON writes it, for that is where it is put.
    text = text.translate({each: json.dumps(spelled)[1:-1] for each, spelled in glyphs.replaced.items()})
    inputs = {"sheet": text}
    if facts.logo is not None:
        inputs["logo"] = facts.logo.svg
    if code is not None:
        inputs["code"] = code
    if xml is not None:
        inputs["xml"] = xml.decode()
    standards = _ARCHIVED if sheet["date"] else []
    try:
        drawn = _compiler(template).compile(format="pdf", sys_inputs=inputs, pdf_standards=standards)
    except typst.TypstError as error:
        raise DocumentNotDrawn(str(error)) from error
    assert isinstance(drawn, bytes)  # noqa: S101 - a PDF is one file
    return drawn if xml is None else declared(drawn)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)


def _compiler(template: str) -> "typst.Compiler":
    import typst

    # Two threads cannot share one.
    own: dict[str, typst.Compiler] = vars(_compilers)
    if template not in own:
        own[template] = typst.Compiler(
            str(_TEMPLATES / f"{template}.typ"), root=str(_TEMPLATES), font_paths=_fonts(), ignore_system_fonts=True
        )
    return own[template]


@cache
def _fonts() -> "typst.Fonts":
    import typst

    # Only our own: the same document on every machine.
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in font_folders()],
    )
