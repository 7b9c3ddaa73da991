"""Several documents as one PDF, or as one ZIP."""

import io
import zipfile

import pikepdf

from tallystick.foundation.files import File
from tallystick.invoices.documents.bundles import as_one_pdf, as_zip
from tallystick.invoices.documents.drawing import render_invoice
from tests.documents import samples

FILES = [
    File(
        name=f"{number}.pdf",
        media_type="application/pdf",
        content=render_invoice(samples.invoice(*(samples.line() for _ in range(lines)), number=number)),
    )
    for number, lines in (("INV-2026-00001", 1), ("INV-2026-00002", 60), ("INV-2026-00003", 1))
]


def test_one_pdf_has_all_pages_in_order_and_a_bookmark_for_each_document() -> None:
    merged = as_one_pdf(FILES)
    pages = samples.pages_of(merged)
    assert len(pages) == sum(len(samples.pages_of(file.content)) for file in FILES)
    assert "Invoice number INV-2026-00001" in pages[0]
    assert "Invoice number INV-2026-00002" in pages[1]
    assert "Page 1 of 3" in pages[1]
    assert "Invoice number INV-2026-00003" in pages[-1]
    with pikepdf.open(io.BytesIO(merged)) as pdf, pdf.open_outline() as outline:
        assert [item.title for item in outline.root] == ["INV-2026-00001", "INV-2026-00002", "INV-2026-00003"]


def test_a_zip_has_each_document_as_it_is() -> None:
    with zipfile.ZipFile(io.BytesIO(as_zip(FILES))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {file.name: file.content for file in FILES}
        assert archive.testzip() is None


def test_the_same_documents_give_the_same_bytes() -> None:
    assert as_one_pdf(FILES) == as_one_pdf(FILES)
    assert as_zip(FILES) == as_zip(FILES)
