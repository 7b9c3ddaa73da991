"""Several documents as one: a PDF of all their pages, or a ZIP of files. The same documents give the same bytes."""

import io
import zipfile
from collections.abc import Sequence

from tallystick.foundation.files import File

# The earliest moment that a ZIP can name: an archive must not differ because it was made later.
_NO_MOMENT = (1980, 1, 1, 0, 0, 0)


def as_one_pdf(documents: Sequence[File]) -> bytes:
    """This function will return one PDF with the pages of all documents, each of which is a bookmark in it."""
    # It takes megabytes, and most processes never make one.
    import pikepdf

    merged = pikepdf.new()
    with merged.open_outline() as outline:
        for document in documents:
            with pikepdf.open(io.BytesIO(document.content)) as source:
                outline.root.append(pikepdf.OutlineItem(document.name.removesuffix(".pdf"), len(merged.pages)))
                merged.pages.extend(source.pages)
    written = io.BytesIO()
    merged.save(written, deterministic_id=True)
    return written.getvalue()


def as_zip(documents: Sequence[File]) -> bytes:
    """This function will return a ZIP of the documents by their names."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for document in documents:
            archive.writestr(zipfile.ZipInfo(document.name, _NO_MOMENT), document.content)
    return written.getvalue()
