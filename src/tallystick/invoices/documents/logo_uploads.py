"""The upload of a logo: it is checked, made small, and proved by drawing it once.

What reads pictures takes megabytes, so this is loaded by the first upload.
"""

import io
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

from lxml import etree
from PIL import Image, ImageOps, UnidentifiedImageError

from tallystick.foundation.business import LogoFacts
from tallystick.foundation.errors import Invalid
from tallystick.invoices.documents.drawing import DocumentNotDrawn, draw_logo
from tallystick.invoices.documents.logos import SVG, as_svg

LARGEST_UPLOAD_BYTES: Final = 2_000_000
# A drawing goes into every document as it is.
LARGEST_SVG_BYTES: Final = 200_000
# What a letterhead shows of a photograph at the best resolution of a printer.
_LARGEST_PIXELS: Final = (1000, 400)
# A small file can unpack to billions of pixels.
_MOST_PIXELS: Final = 40_000_000
# The lightest grey, of 255, that anybody sees on white paper.
_FAINTEST: Final = 235
_FORMATS: Final = {"PNG": "image/png", "JPEG": "image/jpeg"}

# What a picture cannot need: elements that run or fetch, and references that lead outside of it.
_REFUSED: Final = {"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler", "listener", "a"}
_OUTWARD: Final = re.compile(r"url\(\s*['\"]?\s*(?!#)|@import|expression\s*\(", re.IGNORECASE)
_INSIDE: Final = re.compile(r"#|data:image/(png|jpeg);base64,")


@dataclass(kw_only=True, eq=False)
class LogoNotAccepted(Invalid):
    """The file cannot be a logo."""

    code: ClassVar[str] = "logo_not_accepted"
    sentence: ClassVar[str] = "{reason}"
    field: ClassVar[str | None] = "logo"

    reason: str


def read_logo(content: bytes) -> LogoFacts:
    """This function will read an uploaded PNG, JPEG or SVG, and return it as it is kept.

    A photograph becomes small and loses what its camera wrote into it. A drawing stays as it is, and may hold nothing
    that runs or leads elsewhere.

    Raises:
        LogoNotAccepted: when it is none of the three, is too large, or cannot be drawn.
    """
    if len(content) > LARGEST_UPLOAD_BYTES:
        raise LogoNotAccepted(reason="The file is larger than 2 MB. Use a smaller picture.")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        media_type, kept = SVG, _read_svg(content)
    else:
        media_type, kept = _read_photograph(content)
    return LogoFacts(media_type=media_type, content=kept, width_for_height=_proved(media_type, kept))


def _read_photograph(content: bytes) -> tuple[str, bytes]:
    try:
        with Image.open(io.BytesIO(content), formats=list(_FORMATS)) as image:
            kind = str(image.format)
            if image.width * image.height > _MOST_PIXELS:
                raise LogoNotAccepted(reason="The picture has too many pixels. Use a smaller one.")
            upright = ImageOps.exif_transpose(image).convert("RGBA" if kind == "PNG" else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise LogoNotAccepted(reason="This is no PNG, JPEG or SVG that can be read.") from None
    upright.thumbnail(_LARGEST_PIXELS)
    written = io.BytesIO()
    # A fresh picture: what else the file held stays behind.
    fresh = Image.new(upright.mode, upright.size)
    fresh.paste(upright)
    fresh.save(written, kind, optimize=True, quality=90)
    return _FORMATS[kind], written.getvalue()


def _read_svg(content: bytes) -> bytes:
    if len(content) > LARGEST_SVG_BYTES:
        raise LogoNotAccepted(reason="The SVG is larger than 200 kB. Simplify it, or use a PNG.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise LogoNotAccepted(reason="This SVG is not well-formed XML.") from None
    if etree.QName(root).localname != "svg":
        raise LogoNotAccepted(reason="This is no PNG, JPEG or SVG that can be read.")
    if root.getroottree().docinfo.doctype and root.getroottree().docinfo.internalDTD.entities():
        raise LogoNotAccepted(reason="An SVG with entities of its own is not taken.")
    for each in root.iter():
        _refuse_what_leads_out(each)
    kept: bytes = etree.tostring(root, encoding="utf-8")
    return kept


def _refuse_what_leads_out(element: "etree._Element") -> None:
    reason = "This SVG holds something that runs or leads elsewhere. Export it as a plain drawing."
    if not isinstance(element.tag, str) or etree.QName(element).localname.lower() in _REFUSED:
        raise LogoNotAccepted(reason=reason)
    for name, value in element.attrib.items():
        local = etree.QName(name).localname.lower()
        leads_out = local == "href" and not _INSIDE.match(str(value).strip())
        if leads_out or local.startswith("on") or _OUTWARD.search(str(value)):
            raise LogoNotAccepted(reason=reason)
    if element.text and _OUTWARD.search(element.text):
        raise LogoNotAccepted(reason=reason)


def _proved(media_type: str, content: bytes) -> Decimal:
    """How wide the logo is for its height, as the program that draws documents sees it."""
    try:
        with Image.open(io.BytesIO(draw_logo(as_svg(media_type, content, _shape(media_type, content))))) as drawn:
            width, height = drawn.size
            shows = drawn.convert("RGBA").getbbox() is not None
            on_paper = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn.convert("RGBA"))
            is_seen = any(on_paper.convert("L").histogram()[: _FAINTEST + 1])
    except DocumentNotDrawn:
        raise LogoNotAccepted(reason="This picture cannot be drawn. Export it anew, or use a PNG.") from None
    if not shows:
        raise LogoNotAccepted(reason="The picture is empty.")
    if not is_seen:
        raise LogoNotAccepted(
            reason="On white paper this logo cannot be seen. Upload the one that is made for light grounds."
        )
    if not Decimal("0.1") <= Decimal(width) / height <= 20:
        raise LogoNotAccepted(reason="The picture is far too narrow or too wide for a letterhead.")
    return round(Decimal(width) / height, 4)


def _shape(media_type: str, content: bytes) -> Decimal:
    if media_type == SVG:
        return Decimal(1)
    with Image.open(io.BytesIO(content)) as image:
        return round(Decimal(image.width) / image.height, 4)
