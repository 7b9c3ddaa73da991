"""Draws documents and takes pictures of their pages: no demonstration is needed."""

from pathlib import Path

import pypdfium2

from tallystick.invoices.documents.drawing import render_credit_note, render_invoice
from tests.documents import samples

# An A4 page as large as a screen shows it.
_SCALE = 1.4


def shoot_documents(folder: Path) -> None:
    """This function will write a picture of each page of four documents into the folder."""
    documents = {
        "pdf-invoice": render_invoice(samples.plain_invoice()),
        "pdf-group": render_invoice(samples.group_invoice()),
        "pdf-scripts": render_invoice(samples.foreign_invoice()),
        "pdf-credit-note": render_credit_note(samples.credit_note()),
    }
    for name, content in documents.items():
        document = pypdfium2.PdfDocument(content)
        for number, page in enumerate(document, start=1):
            suffix = f"-{number}" if len(document) > 1 else ""
            page.render(scale=_SCALE).to_pil().quantize(64).save(folder / f"{name}{suffix}.png", optimize=True)
        document.close()
