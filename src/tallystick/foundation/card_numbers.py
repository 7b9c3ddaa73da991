"""Card numbers that somebody types into a text: refused, so that no row, log or mail ever holds one (PCI DSS 3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from tallystick.foundation.errors import InvalidField

# Digits in groups, as people write a card: blanks, no-break blanks and dashes between them. A letter directly before or
# after makes it an identifier, which is the way out for an order number that happens to pass; so does the plus of a
# telephone number.
_RUN = re.compile(r"(?<![\w+])\d(?:[ \t\u00a0\u202f\-\u2010-\u2015]{0,3}\d){12,}(?!\w)")
_GROUP = re.compile(r"\d+")
# What holds many digits and is no card: dates, UUIDs, IBANs.
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
# The networks' first digits (ISO/IEC 7812-1: travel, banking and merchandising), and the lengths of their numbers.
_FIRST_DIGITS: Final = "23456"
_SHORTEST: Final = 13
_LONGEST: Final = 19


@dataclass(kw_only=True, eq=False)
class CardNumberNotAccepted(InvalidField):
    """A text holds what looks like a card number. The number itself is not carried, so that nothing can show it."""

    code: ClassVar[str] = "card_number_not_accepted"
    sentence: ClassVar[str] = (
        "“{name}” holds what looks like a card number. Card numbers belong on the payment page only. "
        "If it is an order number, write a letter directly before it, as in N1234567890123."
    )

    reason: str = ""


def refuse_card_numbers(**texts: Any) -> None:
    """This function will refuse texts that hold a card number, with blanks or dashes in it or without.

    Values that are mappings or sequences are looked into; what is no text is passed over. Names are those of the input.

    Raises:
        CardNumberNotAccepted: for the first text that holds one.
    """
    for name, value in texts.items():
        _refuse(name, value)


def holds_card_number(text: str) -> bool:
    """This function will say whether 13 to 19 digits in the text pass as a card number (ISO/IEC 7812-1, annex B)."""
    if sum(character.isdigit() for character in text) < _SHORTEST:
        return False
    for harmless in (_DATE, _UUID):
        text = harmless.sub("x", text)
    text = _IBAN.sub(lambda found: "x" if _is_iban(found[0]) else found[0], text)
    return any(_run_holds_card(_GROUP.findall(run)) for run in _RUN.findall(text))


def mask_card_numbers(text: str) -> str:
    """This function will write a text that came from outside without the card numbers in it: dots, and the last four.

    What is imported is masked and not refused (`docs/model.md`, 33).
    """
    if not holds_card_number(text):
        return text
    masked = _RUN.sub(lambda run: _masked(run[0]) if _run_holds_card(_GROUP.findall(run[0])) else run[0], text)
    # What only passes with what stands around it goes as a whole.
    return _masked(text) if holds_card_number(masked) else masked


def _masked(run: str) -> str:
    left = sum(character.isdigit() for character in run) - 4
    shown = []
    for character in run:
        hidden = character.isdigit() and left > 0
        left -= character.isdigit()
        shown.append("•" if hidden else character)
    return "".join(shown)


def _refuse(name: str, value: Any) -> None:
    if isinstance(value, str):
        if holds_card_number(value):
            raise CardNumberNotAccepted(name=name)
    elif isinstance(value, Mapping):
        for inner, each in value.items():
            _refuse(str(inner), each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            _refuse(name, each)


def _run_holds_card(groups: list[str]) -> bool:
    """Any neighbouring groups together may be the card: other numbers may stand beside it."""
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += "".join(str(int(digit)) for digit in group)
            if _SHORTEST <= len(digits) <= _LONGEST and digits[0] in _FIRST_DIGITS and _passes_luhn(digits):
                return True
    return False


def _passes_luhn(digits: str) -> bool:
    numbers = [int(digit) for digit in digits]
    doubled = [sum(divmod(2 * number, 10)) for number in numbers[-2::-2]]
    return (sum(numbers[-1::-2]) + sum(doubled)) % 10 == 0


def _is_iban(text: str) -> bool:
    """The check of ISO 13616: the first four characters go to the end, letters count from 10, the rest of 97 is 1."""
    plain = text.replace(" ", "")
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1
