"""Identifiers: time-ordered UUIDs inside, opaque and prefixed outside (`pay_…`, `inv_…`)."""

from uuid import UUID

from uuid_utils.compat import uuid7

from tallystick.foundation.errors import NotFound


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
    start = f"{prefix}_"
    digits = text.removeprefix(start)
    if not text.startswith(start) or len(digits) != 32:
        raise NotFound(kind=kind)
    try:
        return UUID(hex=digits)
    except ValueError:
        raise NotFound(kind=kind) from None
