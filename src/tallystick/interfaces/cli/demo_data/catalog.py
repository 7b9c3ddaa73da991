"""What Nordlicht rents out: products and variants with their cost, and what they cost a month, a quarter and a year."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from tallystick.foundation.permissions import Actor
from tallystick.money.currencies import exponent
from tallystick.usecases import offer
from tallystick.wire.ids import price_id_of, product_id_of, variant_id_of

# What one unit of the currency is worth in euro when the story begins.
RATES: Final = {"USD": 0.92, "GBP": 1.17, "JPY": 0.0062, "KWD": 2.99}
# How often a price is paid, by the months between; a year costs eleven.
FREQUENCIES: Final = {1: "monthly", 3: "quarterly", 12: "annually"}
_MONTHS_PAID: Final = {1: 1, 3: 3, 12: 11}


@dataclass(frozen=True)
class Rented:
    """A variant that customers rent: a month without tax and its cost in euro cents; whether individuals rent it."""

    product: str
    variant: str
    cents: int
    cost_cents: int
    for_individuals: bool = True


PRODUCTS: Final = {
    "Laptop, rental": "Delivered with a charger, exchanged within a day when it breaks.",
    "Tablet, rental": "With pen and cover.",
    "Phone": "Lines and trunks; calls within the country are included.",
    "Internet": "Fibre to the building, with a router.",
    "Office furniture": "Brought, put up and taken back.",
    "Meeting room": "Everything that a room needs to be met in.",
    "Network": "Watched around the clock.",
}
VARIANTS: Final = (
    Rented("Laptop, rental", "14″, 16 GB", 8900, 118_000),
    Rented("Laptop, rental", "Workstation 16″", 21900, 312_000, for_individuals=False),
    Rented("Tablet, rental", "11″ with pen", 3990, 46_000),
    Rented("Phone", "Line with 20 GB", 2490, 900),
    Rented("Phone", "SIP trunk, 30 channels", 14900, 5900, for_individuals=False),
    Rented("Internet", "Fibre 1 Gbit/s", 7990, 21_000),
    Rented("Internet", "Fibre 10 Gbit/s", 34900, 88_000, for_individuals=False),
    Rented("Office furniture", "Desk, height-adjustable", 2990, 42_000),
    Rented("Office furniture", "Chair", 1490, 21_500),
    Rented("Meeting room", "Projector, 4K", 5900, 94_000),
    Rented("Meeting room", "Screen 85″ with camera", 12900, 240_000, for_individuals=False),
    Rented("Network", "Managed switch, 48 ports", 4450, 61_000, for_individuals=False),
)


def tax_category(currency: str, kind: str) -> str:
    """This function will return how a customer is taxed: at home in euro, elsewhere by what the customer is."""
    return "standard" if currency == "EUR" else "reverse_charge" if kind == "business" else "zero"


def in_currency(euro_cents: int, currency: str) -> int:
    """This function will return a price in minor units of another currency, rounded as prices are."""
    if currency == "EUR":
        return euro_cents
    minor: float = euro_cents / 100 / RATES[currency] * 10 ** exponent(currency)
    step = 50 if exponent(currency) == 0 else 5
    return max(step, round(minor / step) * step)


@dataclass(frozen=True)
class Offer:
    """The prices that can be chosen, by what is rented, currency, months of a period, and tax category."""

    prices: dict[tuple[Rented, str, int, str], UUID] = field(default_factory=dict)

    def price(self, rented: Rented, currency: str, months: int, category: str) -> UUID:
        """This function will return the price of one unit and period."""
        return self.prices[rented, currency, months, category]


def offer_everything(*, actor: Actor, at: datetime, tax_rates: dict[str, UUID]) -> Offer:
    """This function will add every product, variant and price, as staff would, and return the prices."""
    found = Offer()
    products = {
        name: product_id_of(offer.add_product(actor=actor, at=at, name=name, description=text)["id"])
        for name, text in PRODUCTS.items()
    }
    for rented in VARIANTS:
        added = offer.add_variant(
            actor=actor,
            at=at,
            product_id=products[rented.product],
            name=rented.variant,
            cost_minor=rented.cost_cents,
            cost_currency="EUR",
        )
        kinds = ("business", "individual") if rented.for_individuals else ("business",)
        for currency in ("EUR", *RATES):
            for category in sorted({tax_category(currency, kind) for kind in kinds}):
                for months, frequency in FREQUENCIES.items():
                    price = offer.add_price(
                        actor=actor,
                        at=at,
                        variant_id=variant_id_of(added["id"]),
                        currency=currency,
                        frequency=frequency,
                        amount_minor=in_currency(rented.cents, currency) * _MONTHS_PAID[months],
                        tax_rate_id=tax_rates[category],
                    )
                    found.prices[rented, currency, months, category] = price_id_of(price["id"])
    return found
