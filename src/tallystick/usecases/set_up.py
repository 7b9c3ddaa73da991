"""Setting the business up: tax rates, exchange rates, accounts at payment services."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from tallystick.catalog import operations as catalog
from tallystick.foundation import audit
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.gateways import operations as gateways
from tallystick.gateways.registry import ADAPTERS
from tallystick.ledger import operations as ledger
from tallystick.usecases.frame import use_case
from tallystick.usecases.roles import Permission


@use_case(Permission.CHANGE_SETTINGS)
def add_tax_rate(
    *, actor: Actor, at: datetime, name: str, percent: Decimal, category: str = "standard", country: str = ""
) -> UUID:
    """This function will add a tax rate and return its id. `percent` is 20 for 20 %.

    Raises:
        InvalidField: when the percentage is out of range, or a rate that is not standard has one.
    """
    if not 0 <= percent <= 100 or (category != "standard" and percent):
        raise InvalidField(name="percent", reason="A standard rate has 0 to 100 percent; every other has 0.")
    rate_id = catalog.add_tax_rate(name=name, percent=percent, category=category, country=country)
    audit.record(
        actor=actor,
        at=at,
        action="add_tax_rate",
        kind="tax_rate",
        object_id=rate_id,
        after={"name": name, "percent": str(percent), "category": category, "country": country},
    )
    return rate_id


@use_case(Permission.CHANGE_SETTINGS)
def set_exchange_rate(
    *, actor: Actor, at: datetime, currency: str, valid_from: date, rate: Decimal, source: str
) -> bool:
    """This function will store a rate (units of base currency for one unit) that holds from a day on (model 31).

    Entries that were posted keep the rate that they were posted at.

    Raises:
        InvalidField: when the currency is none, or the rate is not above 0.
    """
    require_currency(currency=currency)
    if rate <= 0:
        raise InvalidField(name="rate", reason="A rate is above 0.")
    rate_id = ledger.set_rate(currency=currency, valid_from=valid_from, rate=rate, source=source)
    audit.record(
        actor=actor,
        at=at,
        action="set_exchange_rate",
        kind="exchange_rate",
        object_id=rate_id,
        after={"currency": currency, "valid_from": valid_from.isoformat(), "rate": str(rate), "source": source},
    )
    return True


@use_case(Permission.MANAGE_GATEWAYS)
def set_up_gateway(
    *, actor: Actor, at: datetime, adapter: str, name: str, configuration: Mapping[str, Any], is_live: bool
) -> UUID:
    """This function will add an account at a payment service, or change the one of this name, and return its id.

    The configuration holds secrets: it is in no audit entry.

    Raises:
        InvalidField: when there is no such adapter, or it cannot use the configuration.
    """
    if adapter not in ADAPTERS:
        raise InvalidField(name="adapter", reason=f"Tallystick connects to: {', '.join(sorted(ADAPTERS))}.")
    try:
        ADAPTERS[adapter](configuration)
    except (KeyError, ValueError) as error:
        raise InvalidField(name="configuration", reason=f"The configuration cannot be used: {error}.") from None
    account_id = gateways.set_up_account(
        adapter=adapter, name=name, configuration=configuration, is_live=is_live, at=at
    )
    audit.record(
        actor=actor,
        at=at,
        action="set_up_gateway",
        kind="gateway_account",
        object_id=account_id,
        after={"adapter": adapter, "name": name, "is_live": is_live},
    )
    return account_id
