"""What the mails about stored payment methods say. Nobody can choose not to get them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from tallystick.correspondence.contents import Kind, Letter


@dataclass(frozen=True, kw_only=True)
class MethodAdded(Letter):
    """A payment method was stored: `method` names it as far as may be known, such as "Visa •••• 4242".

    `changed_at` carries the zone in which it is read.
    """

    kind: ClassVar[Kind] = Kind.METHOD_ADDED

    customer_name: str
    method: str
    changed_at: datetime
    methods_url: str


@dataclass(frozen=True, kw_only=True)
class MethodRemoved(MethodAdded):
    """A stored payment method was removed, by whomever."""

    kind: ClassVar[Kind] = Kind.METHOD_REMOVED
