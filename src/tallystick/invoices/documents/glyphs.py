"""Which fonts a text needs, and what stands for a character that none of them has.

A name is never a reason not to draw a document, and an empty box tells its reader nothing: what has no glyph is
written in Latin letters (`anyascii`: a Georgian name by its sound, a picture by its name).
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from anyascii import anyascii

MAIN: Final = "Inter"
# Each family and the package that brings it, in the order in which they are asked for a character.
_PACKAGES: Final = {
    MAIN: "fontpkg_inter",
    "Noto Sans Arabic": "justmytype_intl_rtl",
    "Noto Sans Hebrew": "justmytype_intl_rtl",
    "Noto Sans Thai": "justmytype_intl_sea",
    "Noto Sans Lao": "justmytype_intl_sea",
    "Noto Sans Khmer": "justmytype_intl_sea",
    "Noto Sans Myanmar": "justmytype_intl_sea",
    "Noto Sans Devanagari": "justmytype_intl_south_asia",
    "Noto Sans Bengali": "justmytype_intl_south_asia",
    "Noto Sans Tamil": "justmytype_intl_south_asia",
    "Noto Sans Telugu": "justmytype_intl_south_asia",
    "Noto Sans JP": "justmytype_intl_cjk",
    "Noto Sans SC": "justmytype_intl_cjk",
    "Noto Sans TC": "justmytype_intl_cjk",
    "Noto Sans KR": "justmytype_intl_cjk",
}
# The same Chinese character is drawn differently in each of these places, so its reader's own comes first.
_HAN: Final = {
    "ja": "Noto Sans JP",
    "ko": "Noto Sans KR",
    "zh": "Noto Sans SC",
    "JP": "Noto Sans JP",
    "KR": "Noto Sans KR",
    "CN": "Noto Sans SC",
    "SG": "Noto Sans SC",
    "TW": "Noto Sans TC",
    "HK": "Noto Sans TC",
    "MO": "Noto Sans TC",
}
_UNKNOWN: Final = "?"
# They steer the direction of what they stand around, and need no glyph.
_STEERING: Final = frozenset(map(ord, "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"))


@dataclass(frozen=True)
class Glyphs:
    """The families that a text needs, the main one first, and what to write for characters that have no glyph."""

    families: tuple[str, ...]
    replaced: dict[int, str]


def glyphs_for(text: str, *, locale: str, country: str) -> Glyphs:
    """This function will choose the fonts for a text; `locale` and `country` are its reader's, and may be empty."""
    missing = {ord(each) for each in set(text)} - _covered(MAIN) - _STEERING
    families, replaced = [MAIN], {}
    for family in _others(locale, country):
        if not missing:
            break
        if found := missing & _covered(family):
            families.append(family)
            missing -= found
    for code in missing:
        replaced[code] = _spelled(chr(code))
    return Glyphs(tuple(families), replaced)


def font_folders() -> list[Path]:
    """This function will return the folders in which the fonts are."""
    return sorted({_file(family).parent for family in _PACKAGES})


@cache
def _covered(family: str) -> frozenset[int]:
    # It takes megabytes: loaded with the first document.
    import uharfbuzz

    found = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(_file(family)))).unicodes
    # What a private code means, its writer and our font never agreed upon.
    return frozenset(code for code in found if unicodedata.category(chr(code)) != "Co")


@cache
def _file(family: str) -> Path:
    folder = Path(str(files(_PACKAGES[family])))
    # "Inter[opsz,wght].ttf", and not its italic.
    (found,) = folder.rglob(f"{family.replace(' ', '')}[[]*.ttf")
    return found


def _others(locale: str, country: str) -> list[str]:
    language, *parts = locale.replace("_", "-").split("-")
    region = next((part for part in parts if len(part) == 2), "")
    own = next((_HAN[each] for each in (region, language, country) if each in _HAN), "")
    others = [family for family in _PACKAGES if family not in {MAIN, own}]
    return [own, *others] if own else others


def _spelled(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in {"Cc", "Zs", "Zl", "Zp"}:
        return " "
    if kind == "Cf":
        # Joiners and marks of direction show nothing by themselves.
        return ""
    # An accent may go; what else has no letters at least says that something was there.
    return anyascii(character) or ("" if kind.startswith("M") else _UNKNOWN)
