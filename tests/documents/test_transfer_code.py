"""The code that a banking app reads: what stands in it, read back from the page, and where there is none."""

from dataclasses import replace
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from tallystick.invoices.documents.drawing import render_invoice
from tallystick.invoices.documents.facts import Mark
from tallystick.invoices.documents.transfer_code import is_iban, transfer_code
from tests.documents import samples
from tests.documents.samples import BANK, line


def codes_on(pdf: bytes) -> list[str]:
    """This function will return what the codes on the first page say, as a camera would read them."""
    document = pypdfium2.PdfDocument(pdf)
    picture = document[0].render(scale=3).to_pil()
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def test_a_banking_app_reads_the_transfer_from_the_page() -> None:
    (read,) = codes_on(render_invoice(samples.invoice(line(price=123456))))
    assert read.split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "COBADEFFXXX",
        "Northwind Rentals GmbH",
        "DE89370400440532013000",
        "EUR1481.47",
        "",
        "",
        "INV-2026-00042",
    ]


@given(
    holder=st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=90),
    minor=st.integers(1, 99_999_999_999),
)
def test_any_holder_and_amount_within_the_standard_is_drawn(holder: str, minor: int) -> None:
    drawn = transfer_code(replace(BANK, holder=holder), amount_minor=minor, currency="EUR", reference="INV-2026-00042")
    # A code holds 331 bytes: only a name of many bytes is too long for it.
    assert (drawn is not None) or len(holder[:70].encode()) > 200


@pytest.mark.parametrize(
    "changed",
    [
        {"currency": "USD"},
        {"amount_minor": 0},
        {"amount_minor": 100_000_000_000},
        {"reference": "x" * 141},
        {"bank": replace(BANK, iban="DE89 3704 0044 0532 0130 01")},
        {"bank": replace(BANK, iban="Account 12345678")},
        {"bank": replace(BANK, iban="")},
    ],
)
def test_there_is_none_outside_of_the_standard(changed: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"bank": BANK, "amount_minor": 100, "currency": "EUR", "reference": "INV-1"}
    assert transfer_code(**usual) is not None
    assert transfer_code(**{**usual, **changed}) is None


def test_a_void_invoice_and_a_draft_have_no_code() -> None:
    assert codes_on(render_invoice(samples.invoice(mark=Mark.VOID))) == []
    assert codes_on(render_invoice(samples.invoice(mark=Mark.DRAFT, number="", invoice_date=None))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GB29NWBK60161331926819", True),
        ("MT84MALT011000012345MTLCAST001S", True),
        ("GB29NWBK60161331926818", False),
        ("GB2", False),
        ("١٢٣٤", False),
        ("DE8937040044053201300Ä", False),
    ],
)
def test_an_iban_is_known_by_its_check_digits(text: str, expected: bool) -> None:
    assert is_iban(text) is expected
