"""Tells readers of a PDF that the XML within is Factur-X (its specification 1.0, chapter 6.2: the XMP of a PDF/A-3)."""

import io
from typing import Any, Final

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_EXTENSION: Final = "http://www.aiim.org/pdfa/ns/extension/"
_SCHEMA: Final = "http://www.aiim.org/pdfa/ns/schema#"
_PROPERTY: Final = "http://www.aiim.org/pdfa/ns/property#"
_FACTUR_X: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
# Name, value, and what it is.
_PROPERTIES: Final = (
    ("DocumentFileName", "factur-x.xml", "The name of the embedded XML document"),
    ("DocumentType", "INVOICE", "The type of the hybrid document in capital letters"),
    ("Version", "1.0", "The actual version of the standard applying to the embedded XML document"),
    ("ConformanceLevel", "EN 16931", "The conformance level of the embedded XML document"),
)


def declared(pdf: bytes) -> bytes:
    """This function will return a PDF/A-3 that has factur-x.xml in it with the metadata that say so, and the schema
    that an archive wants of them (ISO 19005-3, 6.6.2.3). The same PDF gives the same bytes.
    """
    # It takes megabytes: loaded with the first document.
    import pikepdf
    from lxml import etree

    with pikepdf.open(io.BytesIO(pdf)) as document:
        metadata = document.Root.Metadata
        parsed = etree.fromstring(metadata.read_bytes())
        (described,) = parsed.iterfind(f"{{{_RDF}}}RDF")
        # typst wrote schemas of its own, ours stands beside them; and all of them in front by themselves, for there
        # alone readers that are made with PDFBox find them.
        (schemas,) = described.iterfind(f"{{{_RDF}}}Description/{{{_EXTENSION}}}schemas")
        schemas[0].append(_schema())
        front = etree.Element(f"{{{_RDF}}}Description", {f"{{{_RDF}}}about": ""}, nsmap=schemas.nsmap)
        front.append(schemas)
        described.insert(0, front)
        own = etree.SubElement(described, f"{{{_RDF}}}Description", {f"{{{_RDF}}}about": ""}, nsmap={"fx": _FACTUR_X})
        for name, value, _about in _PROPERTIES:
            etree.SubElement(own, f"{{{_FACTUR_X}}}{name}").text = value
        # The tree, and not its root alone: the marks of the packet stand around it.
        metadata.write(etree.tostring(parsed.getroottree(), encoding="UTF-8"))
        written = io.BytesIO()
        document.save(written, deterministic_id=True, fix_metadata_version=False)
    return written.getvalue()


def _schema() -> Any:
    from lxml import etree

    spaces = {"rdf": _RDF, "pdfaSchema": _SCHEMA, "pdfaProperty": _PROPERTY}
    schema = etree.Element(f"{{{_RDF}}}li", {f"{{{_RDF}}}parseType": "Resource"}, nsmap=spaces)
    _told(schema, _SCHEMA, {"schema": "Factur-X PDFA Extension Schema", "namespaceURI": _FACTUR_X, "prefix": "fx"})
    listed = etree.SubElement(etree.SubElement(schema, f"{{{_SCHEMA}}}property"), f"{{{_RDF}}}Seq")
    for name, _value, about in _PROPERTIES:
        each = etree.SubElement(listed, f"{{{_RDF}}}li", {f"{{{_RDF}}}parseType": "Resource"})
        _told(each, _PROPERTY, {"name": name, "valueType": "Text", "category": "external", "description": about})
    return schema


def _told(parent: Any, space: str, texts: dict[str, str]) -> None:
    from lxml import etree

    for name, text in texts.items():
        etree.SubElement(parent, f"{{{space}}}{name}").text = text
