"""Vouchers to print: each code once, with what it gives and where it is redeemed; the same bytes for the same facts."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tallystick.invoices.documents.drawing import render_vouchers
from tallystick.invoices.documents.facts import VoucherFacts, VouchersFacts
from tests.documents import samples
from tests.documents.samples import pages_of, text_of


def sheets(count: int = 11) -> VouchersFacts:
    """This function will return the vouchers of a batch."""
    paper = samples.plain_invoice()
    return VouchersFacts(
        seller=paper.seller,
        buyer=replace(paper.buyer, name="", lines=(), country="", tax_id="", number=""),
        logo=paper.logo,
        colour=paper.colour,
        locale="en",
        name="Spring 🌷 promotion",
        number="VB-00007",
        currency="EUR",
        gives="multiplier",
        amount_minor=5000,
        multiplier=Decimal("1.5000"),
        minimum_topup_minor=2000,
        valid_from=date(2026, 3, 1),
        valid_until=date(2026, 3, 31),
        made_date=date(2026, 2, 1),
        redeem_url="https://pay.example.com/portal/wallet/",
        vouchers=tuple(
            VoucherFacts(number=number, code=f"7Q3F-M2XK-90VN-4HJC-{number:04}") for number in range(1, count + 1)
        ),
    )


def test_ten_vouchers_stand_on_a_page_each_with_its_code() -> None:
    drawn = render_vouchers(sheets())
    assert drawn == render_vouchers(sheets())
    assert len(pages_of(drawn)) == 2
    read = text_of(drawn)
    for expected in (
        "Top-up × 1.5",
        "On a top-up of €20.00 or more, at most €50.00 more",
        "pay.example.com/portal/wallet",
    ):
        assert read.count(expected) == 11
    assert all(f"7Q3F-M2XK-90VN-4HJC-{number:04}" in read for number in range(1, 12))
    assert "Valid from Mar 1, 2026 until Mar 31, 2026" in read
    free = replace(sheets(1), gives="free", multiplier=None, minimum_topup_minor=0, valid_from=None, valid_until=None)
    assert "€50.00" in text_of(render_vouchers(free))
    assert "All vouchers of this batch were redeemed." in text_of(render_vouchers(sheets(0)))
