"""What the mail about a request for a second person says."""

from dataclasses import dataclass
from typing import ClassVar

from tallystick.correspondence.contents import Kind, Letter
from tallystick.money.amounts import Money


@dataclass(frozen=True, kw_only=True)
class ApprovalWaits(Letter):
    """Somebody asked for an act above the limit (`act` in words); the reader may decide. The link leads to the request.

    `customer_name` is empty when nobody knows whose money it is.
    """

    kind: ClassVar[Kind] = Kind.APPROVAL_WAITS

    act: str
    amount: Money
    asked_by: str
    customer_name: str
    approval_url: str
