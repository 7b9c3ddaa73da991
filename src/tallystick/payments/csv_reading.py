"""Reading a CSV of receipts as people's programs write it: encoding, delimiter, headings, cells. Pure."""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from tallystick.foundation.card_numbers import mask_card_numbers
from tallystick.foundation.errors import Invalid

LARGEST_BYTES: Final = 10 * 1024 * 1024
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 60
LONGEST_CELL: Final = 2000
_DELIMITERS: Final = (",", ";", "\t", "|")
# How many lines are looked at to find the delimiter.
_LOOKED_AT: Final = 50
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(kw_only=True, eq=False)
class FileNotReadable(Invalid):
    """The file is no table that payments can be read from; the reason says what to do."""

    code: ClassVar[str] = "import_file_not_readable"
    sentence: ClassVar[str] = "{reason}"
    field: ClassVar[str | None] = "file"

    reason: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the table: its number in the file, from 1 for the headings, and its cells, card numbers masked."""

    number: int
    cells: list[str]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The table in a file: its headings, and below them the lines that are not empty."""

    headings: list[str]
    lines: list[Line]


def read_sheet(content: bytes) -> Sheet:
    """This function will read a CSV file, whatever its encoding (UTF-8, UTF-16, Windows-1252) and its delimiter.

    Raises:
        FileNotReadable: when it is too large, no text, or no table with headings.
    """
    if len(content) > LARGEST_BYTES:
        raise FileNotReadable(reason=f"The file has more than {LARGEST_BYTES // 1024 // 1024} MB. Send it in parts.")
    if content.startswith(b"PK\x03\x04"):
        raise FileNotReadable(reason="This is a workbook, no CSV. In the spreadsheet, save it as “CSV UTF-8”.")
    text = _decoded(content)
    if not text.strip():
        raise FileNotReadable(reason="The file is empty.")
    lines = _lines(text, _delimiter(text))
    first = next(lines)
    headings = [_one_line(cell)[:100] for cell in first.cells]
    while headings and not headings[-1]:
        headings.pop()
    if len(headings) < 2:
        raise FileNotReadable(
            reason="Only one column was found. The first line has headings, separated by commas, semicolons or tabs."
        )
    if len(headings) > MOST_COLUMNS:
        raise FileNotReadable(reason=f"The file has {len(headings)} columns; {MOST_COLUMNS} are the most.")
    found = [_cut(line, len(headings)) for line in lines if any(cell.strip() for cell in line.cells)]
    if not found:
        raise FileNotReadable(reason="There is no line below the headings.")
    if len(found) > MOST_ROWS:
        raise FileNotReadable(reason=f"The file has {len(found)} lines; {MOST_ROWS} are the most. Send it in parts.")
    return Sheet(headings=headings, lines=found)


def _decoded(content: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    for each in (encoding, "cp1252"):
        try:
            text = content.decode(each)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise FileNotReadable(reason="The file is not a text. In the spreadsheet, save it as “CSV UTF-8”.")


def _delimiter(text: str) -> str:
    """The one that cuts the first lines into the most columns, the same number in most lines."""
    start = "".join(io.StringIO(text, newline="").readlines()[:_LOOKED_AT])

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            rows = [row for row in csv.reader(io.StringIO(start, newline=""), delimiter=delimiter) if row]
        except csv.Error:
            return 0, 0
        wide = len(rows[0]) if rows else 0
        return (sum(len(row) == wide for row in rows), wide) if wide > 1 else (0, wide)

    return max(_DELIMITERS, key=fit)


def _lines(text: str, delimiter: str) -> "_Lines":
    return _Lines(text, delimiter)


class _Lines:
    """The lines of a table one by one, with the number that an editor shows for where each ends."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> Line:
        number = self._rows.line_num + 1
        try:
            cells = next(self._rows)
        except csv.Error:
            raise FileNotReadable(
                reason=f"Line {number} cannot be read: a quotation mark is not closed, or a cell is enormous."
            ) from None
        for cell in cells:
            if len(cell) > LONGEST_CELL:
                raise FileNotReadable(reason=f"Line {number} has a cell of more than {LONGEST_CELL} characters.")
        return Line(number=number, cells=[mask_card_numbers(cell) for cell in cells])


def _cut(line: Line, wide: int) -> Line:
    """Without empty cells beyond the headings, as spreadsheets add them."""
    cells = list(line.cells)
    while len(cells) > wide and not cells[-1].strip():
        cells.pop()
    return Line(number=line.number, cells=cells)


def _one_line(text: str) -> str:
    return _CONTROLS.sub(" ", text).strip()


# What a heading may be called, in lower case and without anything but letters, for each thing that is read.
HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "customer": (
        "customer",
        "customername",
        "customernumber",
        "client",
        "payer",
        "name",
        "email",
        "kunde",
        "kundennummer",
    ),
    "amount": ("amount", "total", "paid", "sum", "received", "betrag", "summe", "montant"),
    "currency": ("currency", "ccy", "währung", "devise"),
    "date": ("date", "receiveddate", "paymentdate", "valuedate", "bookingdate", "datum", "buchungsdatum", "valuta"),
    "method": ("method", "paymentmethod", "zahlungsart"),
    "reference": ("reference", "ref", "paymentreference", "transactionid", "referenz", "verwendungszweck"),
    "invoice": ("invoice", "invoiceno", "invoicenumber", "invoices", "rechnung", "rechnungsnummer", "facture"),
    "description": ("description", "details", "text", "beschreibung"),
    "fee": ("fee", "fees", "paymentfee", "gebühr"),
    "remark": ("remark", "note", "notes", "comment", "internalnote", "bemerkung"),
}


def proposed_columns(headings: Sequence[str]) -> dict[str, int]:
    """This function will propose for each thing that is read the column whose heading says so."""
    plain = ["".join(each for each in heading.lower() if each.isalpha()) for heading in headings]
    found: dict[str, int] = {}
    for name, words in HEADINGS.items():
        for word in words:
            if word in plain and plain.index(word) not in found.values():
                found[name] = plain.index(word)
                break
    return found
