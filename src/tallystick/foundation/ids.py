"""Identifiers: time-ordered UUIDs inside, opaque and prefixed outside (`pay_…`, `inv_…`)."""

import re
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from tallystick.foundation.errors import NotFound

_HEX: Final = re.compile("[0-9a-f]{32}")


def new_id() -> UUID:
    """This function will return a fresh UUID of version 7 (RFC 9562): ordered by time of making, 74 random bits."""
    return uuid7()


def public_id(prefix: str, identifier: UUID) -> str:
    """This function will return the identifier as the outside sees it, such as `pay_0192…`."""
    return f"{prefix}_{identifier.hex}"


def parse_public_id(prefix: str, text: str, *, kind: str) -> UUID:
    """This function will return the identifier behind a public one.

    Raises:
        NotFound: for any text that cannot be one, so that a malformed id and a missing one look alike.
    """
    start, _, digits = text.partition("_")
    # Exactly as it is given out: UUID() would also take capitals, signs and underscores for the same thing.
    if start != prefix or not _HEX.fullmatch(digits):
        raise NotFound(kind=kind)
    return UUID(hex=digits)
