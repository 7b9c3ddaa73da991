"""What may be a logo, what it becomes, and that documents can show it."""

import io

import pytest
from PIL import Image

from tallystick.invoices.documents.drawing import render_invoice
from tallystick.invoices.documents.logo_uploads import LARGEST_UPLOAD_BYTES, LogoNotAccepted, read_logo
from tallystick.invoices.documents.logos import SVG, logo_of
from tests.documents import samples

HEAD = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 90 30">'


def picture(width: int, height: int, kind: str = "PNG", **more: object) -> bytes:
    """This function will return a picture of one colour."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), (10, 90, 200)).save(written, kind, **more)
    return written.getvalue()


def svg(body: bytes) -> bytes:
    return HEAD + body + b"</svg>"


@pytest.mark.parametrize(
    ("content", "media_type", "ratio"),
    [
        (picture(600, 200), "image/png", "3.0000"),
        (picture(3000, 1000, "JPEG"), "image/jpeg", "3.0000"),
        (svg(b'<rect width="90" height="30"/>'), SVG, "3.0000"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n" + svg(b'<text y="20">Acme</text>'), SVG, "3.0000"),
        (
            svg(b'<defs><linearGradient id="a"/></defs><path fill="url(#a)" d="M0 0h9v9z"/><circle r="9"/>'),
            SVG,
            "3.0000",
        ),
    ],
)
def test_the_three_kinds_are_taken_and_drawn(content: bytes, media_type: str, ratio: str) -> None:
    kept = read_logo(content)
    assert (kept.media_type, str(kept.width_for_height)) == (media_type, ratio)
    with_logo = render_invoice(samples.invoice(logo=logo_of(kept)))
    assert with_logo == render_invoice(samples.invoice(logo=logo_of(kept)))
    assert with_logo != render_invoice(samples.invoice(logo=None))


def test_a_photograph_becomes_small_upright_and_loses_what_the_camera_wrote() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "GPS of the office"
    kept = read_logo(picture(2000, 4000, "JPEG", exif=exif))
    assert b"GPS" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as image:
        assert image.size == (800, 400)
    assert not image.getexif()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no PNG"),
        (b"GIF89a" + b"\0" * 40, "no PNG"),
        (picture(10, 10, "BMP"), "no PNG"),
        (picture(300, 300)[:120], "no PNG"),
        (b"<html/>", "no PNG"),
        (b"<svg", "well-formed"),
        (b"\0" * (LARGEST_UPLOAD_BYTES + 1), "larger than 2 MB"),
        (svg(b"<desc>" + b"x" * 200_000 + b"</desc>"), "larger than 200 kB"),
        (picture(4000, 20), "too wide"),
        (svg(b""), "empty"),
        (svg(b'<rect width="20" height="10" fill="#fff"/>'), "cannot be seen"),
        (svg(b"<script>alert(1)</script>"), "runs or leads elsewhere"),
        (svg(b'<rect onclick="x()"/>'), "runs or leads elsewhere"),
        (svg(b'<image href="https://evil.example/x.png"/>'), "runs or leads elsewhere"),
        (svg(b'<image xlink:href="file:///etc/passwd"/>'), "runs or leads elsewhere"),
        (svg(b'<a href="#x"><rect/></a>'), "runs or leads elsewhere"),
        (svg(b"<style>@import 'https://evil.example'</style>"), "runs or leads elsewhere"),
        (svg(b'<rect style="fill:url(https://evil.example)"/>'), "runs or leads elsewhere"),
        (svg(b"<foreignObject/>"), "runs or leads elsewhere"),
        (svg(b'<?xml-stylesheet href="x"?>'), "runs or leads elsewhere"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg(b"<text>&a;</text>"), "entities"),
        (
            b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + svg(b'<text y="20">&a;</text>'),
            "entities",
        ),
    ],
)
def test_everything_else_is_refused_with_a_reason(content: bytes, said: str) -> None:
    with pytest.raises(LogoNotAccepted, match=said):
        read_logo(content)


def test_a_small_file_of_billions_of_pixels_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallystick.invoices.documents.logo_uploads._MOST_PIXELS", 99)
    with pytest.raises(LogoNotAccepted, match="too many pixels"):
        read_logo(picture(10, 10))
