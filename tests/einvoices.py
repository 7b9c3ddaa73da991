"""Reads e-invoices as their receivers do: by the schema of Factur-X, by the rules of EN 16931, and out of a PDF.

Schema and rules are those that its publishers give away, beside the project in `shared/realdata/schemas`.
"""

import io
from decimal import Decimal
from functools import cache
from typing import Any, Final

import pikepdf
import pytest
from lxml import etree

from tests.realdata import FOLDER

_SCHEMAS: Final = FOLDER / "schemas" / "facturx-en16931"
EXAMPLES: Final = FOLDER / "einvoice"
# The schema demands this element, and nothing that it may hold is known of a document.
_MAY_BE_EMPTY: Final = "ApplicableHeaderTradeDelivery"
_REPORT: Final = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
RAM: Final = {
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}


class Rules:
    """The schema and the rules, read once."""

    def __init__(self, saxonche: Any) -> None:
        self._schema = etree.XMLSchema(etree.parse(_SCHEMAS / "Factur-X_EN16931.xsd"))
        self._processor = saxonche.PySaxonProcessor(license=False)
        compiler = self._processor.new_xslt30_processor()
        self._rules = compiler.compile_stylesheet(stylesheet_file=str(_SCHEMAS / "FACTUR-X_EN16931.xslt"))

    def faults(self, xml: bytes) -> list[str]:
        """This function will return everything that is wrong with an e-invoice, warnings too."""
        parsed = etree.fromstring(xml)
        found = [] if self._schema.validate(parsed) else [str(each) for each in self._schema.error_log]
        node = self._processor.parse_xml(xml_text=xml.decode("utf-8-sig"))
        report = etree.fromstring(self._rules.transform_to_string(xdm_node=node).encode())
        # A run that looked at nothing would find nothing.
        assert report.find("svrl:fired-rule", _REPORT) is not None
        for failed in report.iterfind("svrl:failed-assert", _REPORT):
            if failed.get("id") == "PEPPOL-EN16931-R008" and _MAY_BE_EMPTY in failed.get("location", ""):
                continue
            found.append(f"{failed.get('id')}: {' '.join(''.join(failed.itertext()).split())}")
        return found


def countries() -> frozenset[str]:
    """This function will return the codes of countries that the rules take."""
    (found,) = etree.parse(_SCHEMAS / "FACTUR-X_EN16931_codedb.xml").iterfind("cl[@id='7']")
    return frozenset(str(each.get("value")) for each in found)


@cache
def rules() -> Rules:
    """This function will return the rules; a test that asks is skipped where they are not there."""
    saxonche = pytest.importorskip("saxonche", reason="saxonche, which runs the rules of EN 16931, is not installed")
    if not _SCHEMAS.exists():
        pytest.skip(f"{_SCHEMAS.relative_to(FOLDER.parents[1])} is not beside the project")
    return Rules(saxonche)


def xml_of(pdf: bytes) -> bytes | None:
    """This function will return the e-invoice that is in a PDF, found as the standard says (AF), or None."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        if "/AF" not in document.Root:
            assert not document.attachments
            return None
        (attached,) = document.Root.AF
        assert (attached.UF, attached.AFRelationship) == ("factur-x.xml", "/Alternative")
        assert attached.EF.F.Subtype == "/text/xml"
        found = bytes(attached.EF.F.read_bytes())
        assert list(document.attachments) == ["factur-x.xml"]
        assert document.attachments["factur-x.xml"].get_file().read_bytes() == found
        return found


def values(xml: bytes, name: str) -> list[str]:
    """This function will return the texts of all elements of a name."""
    return [each.text or "" for each in etree.fromstring(xml).iterfind(f".//ram:{name}", RAM)]


def amount(xml: bytes, name: str) -> Decimal:
    """This function will return the one amount of a name."""
    (found,) = values(xml, name)
    return Decimal(found)
