"""Which adapters there are, and how an account of ours is opened.

A new gateway is a package in `adapters/` and a line here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit
from uuid import UUID

from tallystick.foundation.errors import Conflict
from tallystick.gateways.adapters.sandbox.adapter import SandboxGateway
from tallystick.gateways.models import GatewayAccount
from tallystick.gateways.port import Gateway
from tallystick.gateways.queries import account_row, enabled_rows

# The adapter's name in the database, and what makes a gateway of an account's configuration.
ADAPTERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Gateway]]] = {
    "sandbox": SandboxGateway.from_configuration,
}


@dataclass(kw_only=True, eq=False)
class GatewayNotEnabled(Conflict):
    """The gateway account was switched off."""

    code: ClassVar[str] = "gateway_not_enabled"
    sentence: ClassVar[str] = "Payments through “{name}” are switched off."

    name: str


@dataclass(kw_only=True, eq=False)
class NoMethodsStored(Conflict):
    """The gateway account cannot store a payment method without a payment."""

    code: ClassVar[str] = "gateway_stores_no_methods"
    sentence: ClassVar[str] = "“{name}” stores a payment method only when something is paid with it."

    name: str


def open_gateway(account_id: UUID) -> Gateway:
    """This function will return the gateway behind an account of ours.

    Raises:
        NotFound: when there is no such account.
    """
    return _opened(account_row(account_id))


def require_enabled(account_id: UUID) -> None:
    """This function will refuse an account through which no new payment may be made.

    Raises:
        NotFound: when there is no such account.
        GatewayNotEnabled: when it was switched off.
    """
    row = account_row(account_id)
    if not row.enabled:
        raise GatewayNotEnabled(name=row.name)


def require_storing(account_id: UUID) -> None:
    """This function will refuse an account at which no payment method can be stored without a payment.

    Raises:
        NotFound: when there is no such account.
        GatewayNotEnabled: when it was switched off.
        NoMethodsStored: when it cannot.
    """
    require_enabled(account_id)
    if not open_gateway(account_id).stores_methods:
        raise NoMethodsStored(name=account_row(account_id).name)


def storing_accounts() -> list[dict[str, Any]]:
    """This function will return id and name of the enabled accounts that can store a method without a payment."""
    return [{"id": row.id, "name": row.name} for row in enabled_rows() if _opened(row).stores_methods]


def page_origins(account_id: UUID) -> tuple[str, ...]:
    """This function will return the origins of the pages to which a gateway account sends customers.

    Raises:
        NotFound: when there is no such account.
    """
    return open_gateway(account_id).page_origins()


def enabled_page_origins() -> list[str]:
    """This function will return the origins of the pages to which the enabled gateway accounts send customers."""
    return [found for row in enabled_rows() for found in _opened(row).page_origins()]


def origin(address: str) -> str:
    """This function will return scheme, host and port of a web address: all that a policy of security names."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _opened(row: GatewayAccount) -> Gateway:
    return ADAPTERS[row.adapter](row.configuration)
