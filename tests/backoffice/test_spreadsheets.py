"""Lists as spreadsheets: the rows and columns of CSV, with numbers, dates and text each as what they are."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from lxml import etree

from tallystick.interfaces.backoffice import exports
from tallystick.interfaces.kit.spreadsheets import MEDIA_TYPE
from tallystick.invoices.totals import LineInput
from tallystick.payments import queries
from tallystick.usecases import bill, configure
from tests.backoffice.business import SYSTEM, Business, moment
from tests.backoffice.forms import text_of
from tests.backoffice.test_lists import PRIVATE, rows_of

pytestmark = pytest.mark.django_db
MAIN = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


class Cell(NamedTuple):
    """What a spreadsheet would make of a cell: its text or its number, how that is shown, and whether it is quoted."""

    text: str | None
    number: float | None
    shown_as: str
    is_quoted: bool


def sheet_of(content: bytes) -> list[dict[str, Cell]]:
    """The rows of a spreadsheet below its headings, by these."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert parts.testzip() is None
        sheet, styles = (etree.fromstring(parts.read(f"xl/{name}.xml")) for name in ("worksheets/sheet1", "styles"))
    assert sheet.xpath("//m:f", namespaces=MAIN) == [], "a formula"
    codes = {each.get("numFmtId"): each.get("formatCode") for each in styles.xpath("//m:numFmt", namespaces=MAIN)}
    formats = styles.xpath("//m:cellXfs/m:xf", namespaces=MAIN)
    rows = []
    for row in sheet.xpath("//m:sheetData/m:row", namespaces=MAIN):
        cells = {}
        for cell in row:
            style = formats[int(cell.get("s", "0"))]
            text = "".join(cell.xpath("m:is//m:t/text()", namespaces=MAIN)) if cell.get("t") == "inlineStr" else None
            # The format's way to write what XML cannot hold.
            text = text and re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)
            number = float(cell.findtext("m:v", namespaces=MAIN)) if text is None else None
            number_format = {"3": "#,##0", "4": "#,##0.00"}.get(style.get("numFmtId"), codes.get(style.get("numFmtId")))
            column = re.sub(r"[0-9]", "", cell.get("r"))
            cells[column] = Cell(text, number, number_format or "", style.get("quotePrefix") == "1")
        rows.append(cells)
    headings = {column: cell.text or "" for column, cell in rows[0].items()}
    return [{headings[column]: cell for column, cell in row.items()} for row in rows[1:]]


def spreadsheet(client: Client, query: str = "", *, of: str = "payments") -> list[dict[str, Cell]]:
    """A list as a spreadsheet, that of payments unless another one is named."""
    answer: Any = client.get(f"/office/{of}/?format=xlsx{query}")
    assert (answer.status_code, answer["Content-Type"]) == (200, MEDIA_TYPE)
    assert re.fullmatch(rf'attachment; filename="{of}-[-0-9]{{10}}.xlsx"', answer["Content-Disposition"])
    return sheet_of(b"".join(answer.streaming_content))


def when(cell: Cell) -> datetime:
    """The day or moment of a cell, to the second."""
    assert cell.number is not None
    return datetime(1899, 12, 30) + timedelta(seconds=round(cell.number * 86_400))  # noqa: DTZ001 - a local one


def test_it_holds_what_is_filtered_as_csv_does(business: Business, finance: Client) -> None:
    acme = business.customer("Acme")
    business.payment(acme, 1234, reference="=1+1", description=f"-Seen #{PRIVATE}")
    business.payment(business.customer("@Home"), 5000, currency="JPY", method="cash")
    business.payment(None, 123_456_789_012_345, currency="KWD")
    as_csv, as_sheet = rows_of(finance), spreadsheet(finance)
    assert [row["Payment"].text for row in as_sheet] == [row["Payment"] for row in as_csv]
    for row, told in zip(as_sheet, as_csv, strict=True):
        for heading, cell in row.items():
            if not heading.startswith(("Made", "Completed", "Received")):
                same = str(told[heading]).removeprefix("'") if cell.number is None else float(told[heading])
                assert (cell.text if cell.number is None else cell.number) == same, heading
    dinar, yen, euro = as_sheet
    assert [(each["Total"].number, each["Total"].shown_as) for each in as_sheet] == [
        (123_456_789_012.345, "#,##0.000"),
        (5000, "#,##0"),
        (12.34, "#,##0.00"),
    ]
    assert (euro["Reference"].text, euro["Reference"].is_quoted) == ("=1+1", True)
    assert (euro["Description"].text, euro["Description"].is_quoted) == ("-Seen", True)
    assert (yen["Customer"].text, yen["Customer"].is_quoted) == ("@Home", True)
    assert "Customer" not in dinar
    assert [row["Currency"].text for row in spreadsheet(finance, "&currency=JPY&sort=-total")] == ["JPY"]
    assert spreadsheet(finance, "&customer=nobody-of-this-name") == []


def test_days_are_days_and_moments_are_those_of_the_business(business: Business, finance: Client) -> None:
    configure.change_settings(actor=SYSTEM, at=moment(), changes={"time_zone": "Asia/Tokyo"})
    paid = queries.payment(business.payment(business.customer(), 1234))
    [row] = spreadsheet(finance)
    assert (when(row["Received"]).date(), row["Received"].shown_as) == (paid["received_date"], "yyyy-mm-dd")
    local = paid["completed_at"].astimezone(ZoneInfo("Asia/Tokyo")).replace(tzinfo=None)
    assert abs(when(row["Completed (Asia/Tokyo)"]) - local) <= timedelta(seconds=1)
    assert row["Made (Asia/Tokyo)"].shown_as == "yyyy-mm-dd hh:mm:ss"


def test_peoples_text_cannot_break_it(business: Business, finance: Client) -> None:
    texts = ["<r>&</r>", "<r><t>1</t></r>", "<t>]]></t>", "_x0007_", "株式会社 شركة \U0001f4b6", '"=1+1"']
    for text in texts:
        business.payment(business.customer("<r>Acme</r>"), 1234, reference=text)
    rows = spreadsheet(finance, "&sort=created")
    # What the library takes for markup of its own has a blank behind it.
    assert [row["Reference"].text for row in rows] == ["<r>&</r> ", "<r><t>1</t></r> ", *texts[2:]]
    assert {row["Customer"].text for row in rows} == {"<r>Acme</r> "}


def test_private_text_is_in_no_part_of_it(business: Business, finance: Client) -> None:
    business.payment(business.customer(), 1234, description=f"Public #{PRIVATE}", remark=f"{PRIVATE} too")
    answer: Any = finance.get("/office/payments/?format=xlsx")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as parts:
        assert not any(PRIVATE.encode() in parts.read(name) for name in parts.namelist())


def test_what_no_spreadsheet_holds_is_refused_with_words(
    business: Business, finance: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = business.customer()
    for number in range(3):
        business.payment(customer, 1000 + number)
    monkeypatch.setattr(exports, "MOST_ROWS", 3)
    assert len(spreadsheet(finance)) == 3
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    answer: Any = finance.get("/office/payments/?currency=EUR&format=xlsx", follow=True)
    assert answer.redirect_chain == [("/office/payments/?currency=EUR", 302)]
    assert "A spreadsheet holds at most 2 rows. Narrow the list, or export it as CSV." in text_of(answer)
    assert len(spreadsheet(finance, "&amount_from=10.02")) == 1


def test_invoices_are_files_too(
    business: Business, finance: Client, as_role: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, home = business.customer("Acme"), business.customer("@Home")
    business.invoice(acme, 5000)
    business.invoice(home, 7000, currency="JPY")
    business.payment(acme, 1000, allocates_oldest_first=True)
    line = LineInput(description="A", quantity=Decimal(1), unit_price_minor=100, tax_rate_id=business.vat)
    bill.create_invoice(
        actor=SYSTEM, at=moment(), customer_id=acme, currency="EUR", lines=[line], title="=Draft", remark=PRIVATE
    )
    as_sheet, as_csv = spreadsheet(finance, of="invoices"), rows_of(finance, of="invoices")
    assert [row["State"] for row in as_csv] == ["Draft", "Open", "Part paid"]
    for row, told in zip(as_sheet, as_csv, strict=True):
        assert PRIVATE not in str(told)
        for heading, value in told.items():
            if heading in row and not heading.startswith(("Made", "Issued", "Date", "Due")):
                cell = row[heading]
                same = value.removeprefix("'") if cell.number is None else float(value)
                assert (cell.text if cell.number is None else cell.number) == same, heading
    draft, yen, euro = as_sheet
    assert (draft["Title"].text, draft["Title"].is_quoted) == ("=Draft", True)
    assert draft.keys() & {"Number", "Date", "Due"} == set()
    assert (yen["Total"].number, yen["Total"].shown_as, yen["Customer"].text) == (8400, "#,##0", "@Home")
    assert (euro["Total"].number, euro["Paid"].number, euro["Open"].number) == (60, 10, 50)
    assert when(euro["Date"]).date().isoformat() == as_csv[2]["Date"]
    assert [row["Customer"] for row in rows_of(finance, "&state=draft", of="invoices")] == ["Acme"]
    assert len(spreadsheet(as_role("Read-only"), "&customer=home", of="invoices")) == 1
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    assert "at most 2 rows" in text_of(finance.get("/office/invoices/?format=xlsx", follow=True))
    assert Client().get("/office/invoices/?format=xlsx").status_code == 302
