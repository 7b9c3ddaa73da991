"""The picture that a banking app reads a transfer from: the EPC QR code (European Payments Council, EPC069-12)."""

import io
from decimal import Decimal
from typing import Final

from tallystick.invoices.documents.facts import BankFacts
from tallystick.money.amounts import plain_decimal

# EPC069-12, version 3.1: the limits of its elements, in characters; the whole code in bytes.
_LONGEST_NAME: Final = 70
_LONGEST_TEXT: Final = 140
_LARGEST_AMOUNT: Final = Decimal("999999999.99")
_LARGEST_CODE: Final = 331
_SHORTEST_IBAN: Final = 15
# Choosing the mask by trying all eight takes ten times as long as the rest; readers take any of them (ISO 18004, 7.8).
_MASK: Final = 4


def transfer_code(bank: BankFacts, *, amount_minor: int, currency: str, reference: str) -> str | None:
    """This function will draw the code as an SVG; None where the standard knows none: euros to an IBAN alone.

    `reference` is what the transfer is recognised by, such as the number of the invoice.
    """
    iban = bank.iban.replace(" ", "").upper()
    if currency != "EUR" or not is_iban(iban):
        return None
    amount = Decimal(plain_decimal(amount_minor, currency))
    if not 0 < amount <= _LARGEST_AMOUNT or len(reference) > _LONGEST_TEXT:
        return None
    content = "\n".join(
        [
            "BCD",
            "002",
            "1",  # UTF-8
            "SCT",
            bank.bic.replace(" ", "").upper(),
            bank.holder[:_LONGEST_NAME],
            iban,
            f"EUR{amount}",
            "",
            "",
            reference,
        ]
    ).encode()
    if len(content) > _LARGEST_CODE:
        return None
    import segno

    drawn = io.BytesIO()
    # Level M and nothing better, as the standard says. Without a size of its own it fills the place that it is given.
    segno.make_qr(content, error="m", boost_error=False, mask=_MASK).save(
        drawn, kind="svg", border=0, xmldecl=False, nl=False, omitsize=True
    )
    return drawn.getvalue().decode()


def is_iban(text: str) -> bool:
    """This function will say whether an unspaced text is an IBAN by its form and its check digits (ISO 13616)."""
    if not (text.isascii() and text.isalnum() and text[:2].isalpha() and text[2:4].isdigit()):
        return False
    if not _SHORTEST_IBAN <= len(text) <= 34:
        return False
    return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1
