"""What the mails about a change of somebody's own e-mail address say."""

from dataclasses import dataclass
from typing import ClassVar

from tallystick.correspondence.contents import Kind, Letter


@dataclass(frozen=True, kw_only=True)
class AddressLink(Letter):
    """Somebody wants to be written to at the reader's address. The link makes it theirs, once, for some minutes."""

    kind: ClassVar[Kind] = Kind.ADDRESS_LINK

    minutes: int
    confirm_url: str


@dataclass(frozen=True, kw_only=True)
class AddressChanging(Letter):
    """The reader's address shall not count any more. It is told before that happens; the link leads to the portal."""

    kind: ClassVar[Kind] = Kind.ADDRESS_CHANGING

    new_address: str
    portal_url: str
