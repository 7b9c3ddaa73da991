"""PDF/A-3 by checkers that are not ours: PDFBox Preflight (Debian: libpdfbox2-java) and pdfinfo (poppler-utils).

A dozen of random documents each time; two thousand with `HYPOTHESIS_PROFILE=thorough`, as `.ci/run` asks.
"""

import io
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pikepdf
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from lxml import etree

from tallystick.invoices.documents.drawing import render_credit_note, render_invoice
from tallystick.invoices.documents.facts import CreditNoteFacts, InvoiceFacts
from tests.documents import samples
from tests.documents.test_e_invoices import credit_notes, invoices

_JARS: Final = [
    Path("/usr/share/java", f"{name}.jar")
    for name in ("preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "javax.activation", "jaxb-api")
]
# It knows part 1 of ISO 19005 alone. These are what later parts allow beyond, as it words them.
_ALLOWED: Final = re.compile(
    # Ours is part 3.
    r"7\.11\.2 Error on MetaData, part must be 1"
    # ISO 19005-3, 6.8: any file may be embedded.
    r"|1\.4\.7 Trailer Syntax error, EmbeddedFile entry is present in the Names dictionary"
    r"|1\.2\.9 Body Syntax error, EmbeddedFile entry is present in a FileSpecification dictionary"
    # ISO 19005-2, 6.2.4.2: profiles of ICC version 4, too.
    r"|2\.1\.6 Invalid graphics object, Invalid version of the ICCProfile"
    # ISO 32000-1, 7.3.10: any object may be named by reference. It does not follow that of a bookmark to its place.
    r"|1\.2\.3 Body Syntax error, Error: can't convert to Destination COSObject\{\d+, 0\}"
)
# poppler takes "Suspects false" for an error of types, although it is a boolean (ISO 32000-1, table 321).
_SUSPECTS: Final = "Syntax Error: Suspects object is wrong type (boolean)\n"
EXAMPLES = max(12, settings().max_examples // 5)


@pytest.fixture(scope="module")
def java() -> str:
    """The program that runs the checker; without it a test is skipped before anything is drawn."""
    found = shutil.which("java")
    if found is None or not all(jar.exists() for jar in _JARS):
        pytest.skip("PDFBox Preflight (Debian: default-jre-headless libpdfbox2-java ...) is not here")
    return found


def faults(java: str, pdfs: Iterable[bytes], folder: Path) -> dict[int, set[str]]:
    """This function will return what the checker finds in each of some PDFs that PDF/A-3b does not allow."""
    kept = []
    for number, pdf in enumerate(pdfs):
        kept.append(folder / f"{number}.pdf")
        kept[-1].write_bytes(pdf)
    listed = folder / "list.txt"
    listed.write_text("\n".join(str(each) for each in kept))
    checker = "org.apache.pdfbox.preflight.Validator_A1b"
    path = ":".join(str(jar) for jar in _JARS)
    subprocess.run([java, "-cp", path, checker, "xml", "group", listed], check=True, capture_output=True)
    report = etree.parse(f"{listed}.preflight.xml")
    found = {
        int(str(each.get("name")).removesuffix(".pdf")): {
            f"{fault.findtext('code')} {fault.findtext('details')}" for fault in each.iterfind("errors/error")
        }
        for each in report.iterfind("preflight")
    }
    # It looked at all of them, and to the end: there is always something of part 1.
    assert len(found) == len(kept)
    assert all(found.values())
    return {
        number: beyond
        for number, said in found.items()
        if (beyond := {each for each in said if not _ALLOWED.fullmatch(each)})
    }


def test_archives_take_invoices_and_credit_notes(java: str, tmp_path: Path) -> None:
    drawn = [
        *(render_invoice(draw()) for draw in (samples.plain_invoice, samples.foreign_invoice, samples.group_invoice)),
        render_credit_note(samples.credit_note()),
    ]
    once = settings(suppress_health_check=list(HealthCheck), phases=[Phase.generate])

    @settings(once, max_examples=EXAMPLES * 3 // 5)
    @given(facts=invoices())
    def draw_invoice(facts: InvoiceFacts) -> None:
        drawn.append(render_invoice(facts))

    @settings(once, max_examples=EXAMPLES * 2 // 5)
    @given(facts=credit_notes())
    def draw_credit_note(facts: CreditNoteFacts) -> None:
        drawn.append(render_credit_note(facts))

    draw_invoice()
    draw_credit_note()
    assert len(drawn) > EXAMPLES - 2
    assert faults(java, drawn, tmp_path) == {}
    reader = shutil.which("pdfinfo")
    assert reader is not None, "poppler-utils is not here"
    for number in range(len(drawn)):
        told = subprocess.run([reader, tmp_path / f"{number}.pdf"], capture_output=True, text=True, check=True)
        assert told.stderr in {"", _SUSPECTS}
        assert re.search(r"^Encrypted: +no$", told.stdout, re.MULTILINE)


def test_a_fault_is_found(java: str, tmp_path: Path) -> None:
    sound = render_invoice(samples.plain_invoice())

    def spoilt(act: str) -> bytes:
        written = io.BytesIO()
        with pikepdf.open(io.BytesIO(sound)) as document:
            if act == "font":
                for each in document.objects:
                    if isinstance(each, pikepdf.Dictionary) and "/FontName" in each:
                        del each["/FontFile2" if "/FontFile2" in each else "/FontFile3"]
            elif act == "action":
                document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
            elif act == "title":
                document.docinfo["/Title"] = "Another"
            else:
                metadata = document.Root.Metadata.read_bytes()
                document.Root.Metadata.write(metadata.replace(b"pdfaProperty:name>Version<", b"pdfaProperty:name>V<"))
            document.save(written, fix_metadata_version=False)
        return written.getvalue()

    acts = ("font", "action", "title", "schema")
    found = faults(java, [sound, *map(spoilt, acts)], tmp_path)
    assert sorted(found) == [1, 2, 3, 4], found
    words = ("FontFile", "JavaScript", "Title", "Version")
    for number, word in enumerate(words, start=1):
        assert word.lower() in " ".join(found[number]).lower(), found[number]
