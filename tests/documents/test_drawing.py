"""What stands on a document: both parties, lines, tax by rate, how to pay; many pages; any text whatsoever."""

import io
import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pikepdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tallystick.invoices.documents.drawing import render_credit_note, render_invoice
from tallystick.invoices.documents.facts import Mark, PartOfPeriod
from tests.documents import samples
from tests.documents.samples import line, pages_of, text_of


def lines_of(pdf: bytes) -> list[str]:
    return text_of(pdf).split("\n")


def test_an_invoice_says_who_bills_whom_for_what_and_how_to_pay() -> None:
    read = lines_of(render_invoice(samples.plain_invoice()))
    for expected in (
        "Lindenstraße 14",
        "Germany",
        "Tax number DE123456789",
        "Acme Corporation Ltd",
        "221B Baker Street",
        "United Kingdom",
        "Invoice number INV-2026-00042",
        "Invoice date Mar 1, 2026",
        "Due date Mar 31, 2026",
        "Customer number C-00042",
        "Your tax number GB987654321",
        "Rental of equipment",
        "Description Quantity Unit price Tax Amount, EUR",
        "Mar 1 – 31, 2026",
        "1 89.00 20% 89.00",
        "2.5 12.50 20% 31.25",
        "14 of 28 days of 89.00",
        "Discount for loyalty 1 −10.00 20% −10.00",
        "Subtotal €188.75",
        "VAT 20 % on €154.75 €30.95",
        "VAT 10 % on €29.00 €2.90",
        "Insurance (§ 6) on €5.00 €0.00",
        "Total €222.60",
        "Insurance (§ 6): €5.00 is exempt from tax.",
        "Please pay €222.60 by Mar 31, 2026.",
        "IBAN DE89 3704 0044 0532 0130 00",
        "BIC COBADEFFXXX",
        "Reference INV-2026-00042",
        samples.PORTAL,
        "Northwind Rentals GmbH · Tax number DE123456789 · billing@northwind.example Page 1 of 1",
    ):
        assert expected in read, expected


def test_the_same_facts_give_the_same_bytes_and_others_do_not() -> None:
    facts = samples.plain_invoice()
    first = render_invoice(facts)
    assert render_invoice(replace(facts)) == first
    assert render_invoice(replace(facts, number="INV-2026-00043")) != first
    assert render_credit_note(samples.credit_note()) == render_credit_note(samples.credit_note())


def test_it_is_made_for_archives_and_says_what_it_is() -> None:
    with pikepdf.open(io.BytesIO(render_invoice(samples.invoice()))) as pdf, pdf.open_metadata() as told:
        assert told["dc:title"] == "Invoice INV-2026-00042"
        assert told["pdfaid:part"] == "3"
        assert told["pdfaid:conformance"] == "B"
        assert told["xmp:CreateDate"].startswith("2026-03-01")


def test_the_words_of_the_law_stand_below_the_sums() -> None:
    read = text_of(render_invoice(samples.invoice(line(tax=samples.REVERSE), line(price=100, tax=samples.EXEMPT))))
    assert "Reverse charge: the customer owes the tax on €89.00." in read
    assert "Insurance (§ 6): €1.00 is exempt from tax." in read
    assert "Reverse charge:" not in text_of(render_invoice(samples.invoice()))


def test_a_group_s_lines_stand_under_each_member_with_its_sum() -> None:
    pages = pages_of(render_invoice(samples.group_invoice(lines_each=9)))
    assert len(pages) == 4
    whole = "\n".join(pages)
    for name in ("Anna Schmidt", "Björn Öberg", "山田 太郎", "Дмитрий Иванов"):
        assert f"Sum for {name} 801.00" in whole
    for number, page in enumerate(pages, start=1):
        assert page.endswith(f"Page {number} of 4") or f"Page {number} of 4" in page
        if "Laptop rental" in page:
            # The head of the table stands on every page that goes on with it, and so does the member's name.
            assert "Description Quantity Unit price Tax Amount, EUR" in page
    for page in pages[1:]:
        assert page.startswith("Northwind Rentals GmbH Invoice INV-2026-00042")
    assert "Björn Öberg" in pages[1]
    assert "Total €6,728.40" in whole


def test_members_of_one_name_are_not_added_up_and_lines_of_nobody_have_their_own_place() -> None:
    lines = [
        line("A", price=100, member_id=UUID(int=1), member_name="Kim"),
        line("B", price=200, member_id=UUID(int=2), member_name="Kim"),
        line("C", price=300, member_id=UUID(int=1), member_name="Kim"),
        line("D", price=400),
    ]
    read = lines_of(render_invoice(samples.invoice(*lines)))
    assert [each for each in read if each.startswith("Sum")] == ["Sum for Kim 4.00", "Sum for Kim 2.00", "Sum 4.00"]
    assert "Other" in read


def test_a_part_of_a_period_says_how_it_came_to_its_amount() -> None:
    part = PartOfPeriod(days=3, of_days=31, price_minor=1250, quantity=Decimal("2.5000"))
    read = text_of(render_invoice(samples.invoice(line(part=part), locale="de-AT")))
    assert "3 von 31 Tagen zu 2,5 × 12,50" in read


def test_a_period_of_one_day_is_that_day_and_a_long_one_names_both_ends() -> None:
    one = line("Day", period_start=date(2026, 3, 1), period_end=date(2026, 3, 2))
    year = line("Year", period_start=date(2025, 3, 1), period_end=date(2026, 3, 1))
    read = lines_of(render_invoice(samples.invoice(one, year)))
    assert "Mar 1, 2026" in read
    assert "Mar 1, 2025 – Feb 28, 2026" in read


def test_where_prices_include_tax_so_do_the_amounts_of_lines() -> None:
    facts = samples.invoice(
        replace(line(price=10680), net_minor=8900, tax_minor=1780),
        prices_include_tax=True,
        net_minor=8900,
        tax_minor=1780,
        total_minor=10680,
    )
    read = lines_of(render_invoice(facts))
    assert "Description Quantity Price with tax Tax Amount with tax, EUR" in read
    assert "MacBook Pro 14″, space grey 1 106.80 20% 106.80" in read
    assert [each for each in read if each.startswith(("Net", "VAT", "Total"))] == [
        "Net €89.00",
        "VAT 20 % on €89.00 €17.80",
        "Total €106.80",
    ]


def test_amounts_and_dates_are_the_customer_s_own() -> None:
    german = lines_of(render_invoice(samples.invoice(locale="de-AT")))
    assert "Rechnungsdatum 01.03.2026" in german
    assert "Gesamt € 106,80" in german
    yen = text_of(render_invoice(samples.invoice(line(price=1234567), currency="JPY")))
    assert "Total ¥1,481,480" in yen
    dinar = text_of(render_invoice(samples.invoice(line(price=1234567), currency="KWD")))
    assert "Total KWD 1,481.480" in dinar


def test_a_draft_and_a_void_invoice_are_marked_and_ask_for_nothing_by_number() -> None:
    draft = samples.invoice(mark=Mark.DRAFT, number="", invoice_date=None, due_date=None)
    read = lines_of(render_invoice(draft))
    assert {"Draft", "Draft of an invoice", "Please pay €106.80."} <= set(read)
    assert not [each for each in read if each.startswith(("Invoice number", "Reference", "Scan"))]
    void = lines_of(render_invoice(samples.invoice(mark=Mark.VOID)))
    assert "Void" in void
    assert "How to pay" not in void
    assert "Void" not in lines_of(render_invoice(samples.invoice()))


def test_nothing_is_asked_for_where_nothing_is_owed_and_no_account_is_named_where_there_is_none() -> None:
    free = samples.invoice(line(price=8900), line(price=-8900))
    assert "How to pay" not in text_of(render_invoice(free))
    online = lines_of(render_invoice(samples.invoice(bank=None)))
    assert "Pay online:" in online
    assert not [each for each in online if each.startswith(("IBAN", "Scan"))]


def test_a_credit_note_names_its_invoice_and_its_reason() -> None:
    read = lines_of(render_credit_note(samples.credit_note()))
    for expected in (
        "Credit note CN-2026-00007",
        "Date Mar 5, 2026",
        "For invoice INV-2026-00042",
        "Reason: Returned early, as agreed",
        "MacBook Pro 14″, space grey 20% 89.00",
        "VAT 20 % on €89.00 €17.80",
        "Total credited €106.80",
        "This document reduces invoice INV-2026-00042 by €106.80. Nothing is to be paid for it.",
    ):
        assert expected in read, expected
    assert "How to pay" not in read


@pytest.mark.parametrize(
    "name",
    [
        "株式会社東京データ",
        "Ψυχή Ελένη",
        "Дмитрий Иванов",
        "Nguyễn Thị Minh Khai",
        "Łódź Şükrü",
        "สมชาย",
        "김민수",
        "张伟们",
    ],
)
def test_names_in_many_scripts_are_drawn_as_they_are(name: str) -> None:
    read = text_of(render_invoice(samples.invoice(buyer=replace(samples.ACME, name=name))))
    assert name in read


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("Flower 🌸 shop", "Flower :cherry_blossom: shop"),
        ("თბილისი", "tbilisi"),
        ("private \ue000 use", "private ? use"),
        ("a\u200db\u0000c", "a\u200db c"),
        ('quotes "\\ and ﷺ', 'quotes "\\ and'),
        ("#set page(fill: red) $x$ *bold* ]", "#set page(fill: red) $x$ *bold* ]"),
    ],
)
def test_what_no_font_has_is_written_in_latin_letters_and_text_is_never_markup(name: str, drawn: str) -> None:
    read = text_of(render_invoice(samples.invoice(buyer=replace(samples.ACME, name=name))))
    assert drawn in read


def test_a_name_from_right_to_left_turns_nothing_around_it() -> None:
    read = lines_of(render_invoice(samples.foreign_invoice()))
    # Readers of PDF put Arabic in the order of its drawing; what stands beside it is whole all the same.
    assert "Description Quantity Unit price Tax Amount, KWD" in read
    assert "ノートパソコンのレンタル 3 8.900 0% 26.700" in read
    assert any(each.startswith("Reverse charge: the customer owes the tax on") for each in read)


@settings(max_examples=max(60, settings().max_examples // 10))
@given(
    name=st.text(min_size=1, max_size=60),
    address=st.lists(st.text(max_size=40), max_size=4),
    description=st.text(min_size=1, max_size=120),
    locale=st.sampled_from(["en", "de-AT", "ar", "ja", "zh-TW", "", "xx-nonsense"]),
)
@example(name="🏳️‍🌈" * 20, address=["\u202e\u2066"], description="\u0627\u0300" * 60, locale="ar")
@example(name="A" * 200, address=["B" * 200] * 8, description="C" * 500, locale="en")
def test_no_text_whatsoever_stops_an_invoice(name: str, address: list[str], description: str, locale: str) -> None:
    facts = samples.invoice(
        line(description, member_id=UUID(int=1), member_name=name),
        buyer=replace(samples.ACME, name=name, lines=tuple(address)),
        title=name,
        locale=locale,
    )
    # Drawn for archives, a character without a glyph would be an error.
    assert ("Gesamt" if locale == "de-AT" else "Total") in text_of(render_invoice(facts))


def test_the_largest_amounts_stand_in_one_line() -> None:
    big = line("Everything", quantity="9999999999.9999", price=99999)
    read = lines_of(render_invoice(samples.invoice(big, line("Odd", price=-(10**15)), total_minor=10**15)))
    assert "Everything 9,999,999,999.9999 999.99 20% 9,999,899,999,999.90" in read
    assert "Odd 1 −10,000,000,000,000.00 20% −10,000,000,000,000.00" in read


def test_an_invoice_of_a_thousand_lines_is_drawn() -> None:
    pages = pages_of(render_invoice(samples.invoice(*(line(f"Item {number}") for number in range(1000)))))
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    assert "Item 999 1 89.00 20% 89.00" in "\n".join(pages)


def test_threads_draw_side_by_side() -> None:
    expected = render_invoice(samples.invoice())
    found: list[bytes] = []

    def draw() -> None:
        found.extend(render_invoice(samples.invoice()) for _ in range(5))

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 20


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a colour"):
        samples.invoice(colour="red")
