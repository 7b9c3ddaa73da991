"""Looking for words in whatever leaves the house: through packing, encodings, and the streams of PDF documents."""

import email
import html
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from email import policy
from urllib.parse import quote, unquote_plus

import pikepdf

from tests.documents.samples import text_of

_JSON_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_HEADERS = re.compile(rb"^(Content-Type|MIME-Version|From|Subject|Date): ", re.IGNORECASE)
# What may stand inside of a word without being seen: blanks, soft hyphens and their like.
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]")


def found_in(content: bytes, *words: str) -> set[str]:
    """This function will return those of the words that are in the content, however they are written there."""
    missing = set(words)
    for layer in _unpacked(content):
        missing -= {word for word in missing if _holds(layer, word)}
    return set(words) - missing


def _holds(layer: bytes, word: str) -> bool:
    lowered = layer.lower()
    if any(form.lower() in lowered for form in _forms(word)):
        return True
    text = layer.decode("utf-8", errors="replace")
    # A text may have been escaped more than once, such as JSON in an attribute of a page.
    for _ in range(3):
        text = _JSON_ESCAPE.sub(lambda found: chr(int(found[1], 16)), unquote_plus(html.unescape(text)))
    return _plain(word) in _plain(text)


def _forms(word: str) -> set[bytes]:
    """The word as the bytes that encodings and escapes make of it."""
    told: set[bytes] = {quote(word).encode()}
    for text in (unicodedata.normalize("NFC", word), unicodedata.normalize("NFD", word)):
        utf16 = text.encode("utf-16-be")
        told |= {text.encode(), utf16, text.encode("utf-16-le"), utf16.hex().encode(), text.encode().hex().encode()}
    return told


def _plain(text: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text).casefold())


def _unpacked(content: bytes) -> Iterator[bytes]:
    """The content itself, and what is packed in it: files of archives, parts of mails, streams and text of PDFs."""
    yield content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from _unpacked(archive.read(name))
    elif content.startswith(b"%PDF"):
        yield from _of_pdf(content)
    elif _HEADERS.match(content):
        yield from _of_mail(content)


def _of_pdf(content: bytes) -> Iterator[bytes]:
    try:
        document = pikepdf.open(io.BytesIO(content))
    except pikepdf.PdfError:
        # It only begins like one, as the contract files of the tests do.
        return
    yield text_of(content).encode()
    with document as pdf:
        for each in pdf.objects:
            yield each.unparse()
            yield from _strings_of(each)
            if isinstance(each, pikepdf.Stream):
                try:
                    yield each.read_bytes()
                except pikepdf.PdfError:
                    # Pictures are not unpacked; there is no text in them.
                    yield each.read_raw_bytes()


def _strings_of(each: object) -> Iterator[bytes]:
    """The strings in an object and in those written inside of it; what it refers to is looked at by itself."""
    if isinstance(each, pikepdf.String):
        yield str(each).encode()
    elif isinstance(each, pikepdf.Array):
        for item in each:
            yield from _strings_of(_written_inside(item))
    elif isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
        for item in each.values():
            yield from _strings_of(_written_inside(item))


def _written_inside(item: object) -> object:
    return None if isinstance(item, pikepdf.Object) and item.is_indirect else item


def _of_mail(content: bytes) -> Iterator[bytes]:
    message = email.message_from_bytes(content, policy=policy.default)
    yield "\n".join(f"{name}: {value}" for name, value in message.items()).encode()
    for part in message.walk():
        if not part.is_multipart():
            yield (part.get_filename() or "").encode()
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            yield from _unpacked(payload)
