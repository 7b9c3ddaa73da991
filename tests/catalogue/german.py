"""The German catalogue: `django.po`, which people write, and `django.mo`, which is read while the program runs."""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

from tests.catalogue.texts import ROOT, Text

_FOLDER: Final = ROOT / "src/tallystick/locale/de/LC_MESSAGES"
PO: Final = _FOLDER / "django.po"
MO: Final = _FOLDER / "django.mo"
_PLACEHOLDER: Final = re.compile(r"%\(\w+\)[a-z]|%%|%[a-z]|\{\w*(?:![rs])?\}")

German = Mapping[Text, tuple[str, ...]]


def written() -> dict[Text, tuple[str, ...]]:
    """This function will return what the catalogue says, as people wrote it."""
    return _said(read_po(io.BytesIO(PO.read_bytes()), locale="de"))


def compiled() -> dict[Text, tuple[str, ...]]:
    """This function will return what the catalogue says, as the program reads it."""
    return _said(read_mo(io.BytesIO(MO.read_bytes())))


def write(found: Mapping[Text, set[str]], german: German) -> None:
    """This function will write both files: the texts that were found, each in the German that there is of it."""
    catalogue = Catalog(
        locale="de",
        project="Tallystick",
        version="1",
        copyright_holder="Tallystick",
        msgid_bugs_address="none",
        header_comment="# What customers meet, in German. Words are chosen in docs/german.md.",
        creation_date=datetime(2026, 11, 22, tzinfo=UTC),
        revision_date=datetime(2026, 11, 22, tzinfo=UTC),
        last_translator="Tallystick",
        language_team="German",
        fuzzy=False,
    )
    for text in sorted(found):
        said = german.get(text, ("",) * (2 if text.plural else 1))
        catalogue.add(
            (text.singular, text.plural) if text.plural else text.singular,
            tuple(said) if text.plural else said[0],
            locations=[(path, 0) for path in sorted(found[text])],
            context=text.context or None,
        )
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, catalogue, width=120, include_lineno=False)
    with MO.open("wb") as file:
        write_mo(file, catalogue)


def faults(found: Mapping[Text, set[str]], german: German) -> Iterator[str]:
    """This function will say, a line each, which text has no German, or a bit of it, and where a placeholder is lost or
    invented.
    """
    for text, files in sorted(found.items()):
        said = german.get(text, ())
        if not said or not all(said):
            yield f"no German: {text.singular!r} ({min(files)})"
            continue
        yield from (f"cut off: {text.singular!r} and {each!r}" for each in said if len(each) < len(text.singular) / 5)
        wanted = {*_placeholders(text.singular), *_placeholders(text.plural)}
        *singular, last = said
        # A singular may say the number in a word.
        wrong = [each for each in singular if not _placeholders(each) <= wanted]
        for each in wrong if _placeholders(last) == wanted else [*wrong, last]:
            yield f"other placeholders: {text.singular!r} and {each!r}"


def _placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text)) - {"%%"}


def _said(catalogue: Catalog) -> dict[Text, tuple[str, ...]]:
    found = {}
    for message in catalogue:
        if not message.id:
            continue
        one, other = (message.id, "") if isinstance(message.id, str) else message.id
        said = (message.string,) if isinstance(message.string, str) else tuple(message.string)
        context = message.context or ""
        # Read from the compiled file it is still in bytes.
        found[Text(one, plural=other, context=context.decode() if isinstance(context, bytes) else context)] = said
    return found
