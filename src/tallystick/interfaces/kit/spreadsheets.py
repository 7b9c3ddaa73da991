"""Lists as spreadsheets (XLSX): amounts are numbers, days and moments are dates, and people's text is text."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, Final, Literal

from django.http import FileResponse
from xlsxwriter import Workbook

from tallystick.interfaces.kit.files import FORMULAS

Kind = Literal["text", "amount", "day", "moment"]

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# How many rows the format has, the headings' among them.
MOST_ROWS: Final = 1_048_576 - 1
# In characters.
_WIDTHS: Final = {"text": 18, "amount": 14, "day": 12, "moment": 18}


class TooManyRowsError(Exception):
    """The list has more rows than a spreadsheet can have."""


@dataclass(frozen=True)
class SheetColumn:
    """A column: its heading, and what its cells are. An amount has as many places as its currency has, four at most."""

    heading: str
    kind: Kind = "text"


def spreadsheet(
    title: str, columns: Sequence[SheetColumn], rows: Iterable[Sequence[Any]], *, most: int = MOST_ROWS
) -> IO[bytes]:
    """This function will write rows into a temporary file and return that, to be read from its beginning.

    Of all rows only one is in memory. Days and moments are local ones, without a time zone.

    Raises:
        TooManyRowsError: when there are more than `most`.
    """
    file = TemporaryFile()  # noqa: SIM115 - whoever answers with it closes it
    with TemporaryDirectory() as folder:
        workbook = Workbook(file, {"constant_memory": True, "tmpdir": folder})
        sheet = workbook.add_worksheet(title)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _WIDTHS[column.kind])
        heading = workbook.add_format({"bold": True})
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.heading, heading)
        sheet.freeze_panes(1, 0)
        writers = _writers(workbook, sheet)
        write = [writers[column.kind] for column in columns]
        number = 0
        for number, row in enumerate(rows, 1):
            if number > most:
                raise TooManyRowsError
            for place, value in enumerate(row):
                if value is not None and value != "":
                    # A total is called by words, also in a column of days.
                    writer = writers["text"] if isinstance(value, str) else write[place]
                    writer(number, place, value)
        sheet.autofilter(0, 0, number, len(columns) - 1)
        workbook.close()
    file.seek(0)
    return file


def spreadsheet_download(name: str, file: IO[bytes]) -> FileResponse:
    """This function will answer with a spreadsheet that is written already, and close it afterwards."""
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=MEDIA_TYPE)


def _writers(workbook: Any, sheet: Any) -> dict[Kind, Callable[[int, int, Any], Any]]:
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    places = {
        count: workbook.add_format({"num_format": f"#,##0.{'0' * count}" if count else "#,##0"}) for count in range(5)
    }
    # The mark in front that makes it text, which a spreadsheet keeps beside the text: editing it runs nothing either.
    quoted = workbook.add_format({"quote_prefix": True})

    def write_text(row: int, column: int, text: str) -> None:
        # The library takes this for markup of its own and would not escape it.
        shown = f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text
        sheet.write_string(row, column, shown, quoted if text.startswith(FORMULAS) else None)

    def write_amount(row: int, column: int, amount: Decimal) -> None:
        sheet.write_number(row, column, amount, places[-int(amount.as_tuple().exponent)])

    def write_day(row: int, column: int, value: date) -> None:
        sheet.write_datetime(row, column, value, day)

    def write_moment(row: int, column: int, value: datetime) -> None:
        sheet.write_datetime(row, column, value, moment)

    return {"text": write_text, "amount": write_amount, "day": write_day, "moment": write_moment}
