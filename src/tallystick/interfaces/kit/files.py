"""Files: documents as they are, and lists, streamed, with nothing in them that a spreadsheet would run."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from tallystick.foundation.files import File

# A spreadsheet runs what begins with one of these (OWASP ASVS 5.0, 1.2.10); the mark makes it text.
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
# Spreadsheets read UTF-8 when the file says so first.
_BYTE_ORDER_MARK: Final = "\ufeff"


class _Echo:
    """Gives back what a csv writer writes, so that each row can be sent at once."""

    def write(self, text: str) -> str:
        return text


def harmless(text: object) -> str:
    """This function will write people's text so that a spreadsheet shows it and does not run it (S90)."""
    shown = "" if text is None else str(text).replace("\0", "")
    return f"'{shown}" if shown.startswith(FORMULAS) else shown


def csv_response(name: str, headings: Sequence[str], rows: Iterator[Sequence[str]]) -> StreamingHttpResponse:
    """This function will answer with a file of rows; cells of people's text went through `harmless` before."""
    writer = csv.writer(_Echo())
    lines = (str(writer.writerow(row)) for row in chain([headings], rows))
    return csv_download(name, (line.encode() for line in lines))


def csv_download(name: str, blocks: Iterable[bytes]) -> StreamingHttpResponse:
    """This function will answer with CSV that is written already, in UTF-8, as it comes."""
    response = StreamingHttpResponse(_marked(blocks), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _marked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    # Unlike a chain it is closed with the answer, and with it what the blocks hold open, when nobody reads to the end.
    yield _BYTE_ORDER_MARK.encode()
    yield from blocks


def file_response(file: File) -> HttpResponse:
    """This function will answer with a file to keep."""
    response = HttpResponse(file.content, content_type=file.media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file.name)
    return response
