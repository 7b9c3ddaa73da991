"""The codes of vouchers: how they are drawn, written and read. Pure, but for what the operating system's chance gives.

A batch keeps one secret; code number n is drawn from it (RFC 2104), so that codes can be printed again without being
stored. What is stored of each is a hash: with at least 80 random bits nobody finds a code from it (model 21).
"""

import hashlib
import hmac
import math
import secrets
from collections.abc import Iterator
from typing import Final

# Letters and digits that cannot be taken for one another (Crockford's base 32): no I, L, O, U.
LETTERS: Final = "letters"
DIGITS: Final = "digits"
ALPHABETS: Final[dict[str, str]] = {LETTERS: "0123456789ABCDEFGHJKMNPQRSTVWXYZ", DIGITS: "0123456789"}
LEAST_BITS: Final = 80
LONGEST: Final = 40
# The fewest characters of an alphabet that hold so many bits: 16 letters and digits, 25 digits.
SHORTEST: Final[dict[str, int]] = {
    name: math.ceil(LEAST_BITS / math.log2(len(characters))) for name, characters in ALPHABETS.items()
}
# How codes are written, and what people type for what they see.
_GROUP: Final = 4
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """This function will return what a batch's codes are drawn from."""
    return secrets.token_hex(_SECRET_BYTES)


def code(secret: str, number: int, *, alphabet: str, length: int) -> str:
    """This function will return the code of a batch's voucher, by its number from 1; always the same one."""
    characters = ALPHABETS[alphabet]
    # Bytes above the last whole round would make the first characters come more often.
    fair = 256 - 256 % len(characters)
    drawn = (characters[byte % len(characters)] for byte in _bytes(secret, number) if byte < fair)
    return "".join(next(drawn) for _ in range(length))


def grouped(plain: str) -> str:
    """This function will write a code in groups of four: 7Q3F-M2XK-…"""
    return "-".join(plain[start : start + _GROUP] for start in range(0, len(plain), _GROUP))


def read(typed: str) -> str:
    """This function will read a code as somebody typed it: in any case, with blanks and dashes or without."""
    plain = "".join(character for character in typed.upper() if character.isalnum())
    return plain.translate(_READ_AS)


def digest(plain: str) -> bytes:
    """This function will return what is stored of a code."""
    return hashlib.sha256(plain.encode()).digest()


def _bytes(secret: str, number: int) -> Iterator[int]:
    block = 0
    while True:
        yield from hmac.digest(bytes.fromhex(secret), f"{number}.{block}".encode(), "sha256")
        block += 1
