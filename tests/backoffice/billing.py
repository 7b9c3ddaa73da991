"""A business that bills subscriptions, alone and in groups, for the pages about them."""

from datetime import date
from decimal import Decimal
from itertools import count
from uuid import UUID

from tallystick.catalog import operations as catalog
from tallystick.catalog import queries as offered
from tallystick.foundation.transactions import transaction
from tallystick.subscriptions import operations as subscriptions
from tallystick.usecases import grouping
from tallystick.usecases.grouping import NewPayer
from tests.backoffice.business import NAMES, SYSTEM, Business, moment, uid


class Billing(Business):
    """The business of the pages, with prices, subscriptions and billing groups."""

    def __init__(self) -> None:
        super().__init__()
        self._models = count(1)
        with transaction():
            self.product = catalog.add_product(name="Laptop rental", description="", at=moment(300))

    def price(self, amount_minor: int = 8900, *, currency: str = "EUR", name: str = "") -> UUID:
        """This function will add a monthly price and return its id."""
        with transaction():
            variant = catalog.add_variant(
                product_id=self.product,
                name=name or f"ThinkPad {next(self._models)}",
                cost_minor=None,
                cost_currency="",
                at=moment(300),
            )
            return catalog.add_price(
                variant_id=variant,
                currency=currency,
                frequency="monthly",
                amount_minor=amount_minor,
                includes_tax=False,
                tax_rate_id=self.vat,
                at=moment(300),
            )

    def subscribe(self, customer: UUID, price: UUID, *, days_ago: int = 3, is_draft: bool = False) -> UUID:
        """This function will begin a subscription of which nothing is billed yet, and return its id."""
        start: date = moment(days_ago).date()
        terms = subscriptions.Terms(
            quantity=Decimal(1),
            start_date=start,
            billing_start_date=start,
            billing_day=None,
            contract_months=None,
            collection="autopay",
            early_return_fee_minor=None,
            remark="",
        )
        with transaction():
            made = subscriptions.create_draft(
                customer_id=customer, price=offered.price(price), terms=terms, by="Ada", at=moment(days_ago)
            )
            if not is_draft:
                subscriptions.activate(subscriptions.locked(made), today=start, by="Ada", at=moment(days_ago))
        return made

    def group(self, name: str = "Acme Corp, laptops", *, days_ago: int = 40) -> UUID:
        """This function will make a billing group with a payer of its own, Net 14, and return its id."""
        payer: NewPayer = {
            "contact_name": "Ada Lovelace",
            "email": "billing@acme.example",
            "currency": "EUR",
            "terms_days": 14,
        }
        at = moment(days_ago)
        day = 1 if at.day > 1 else 2
        shape = grouping.create_group(actor=SYSTEM, at=at, name=name, billing_day=day, new_payer=payer)
        return uid(shape["id"])

    def member(self, group: UUID, name: str, price: UUID | None = None, *, days_ago: int = 3) -> UUID:
        """This function will add a customer to a group, with a subscription if there is a price; returns its id."""
        customer = self.customer(name)
        grouping.add_member(actor=SYSTEM, at=moment(days_ago + 5), group_id=group, customer_id=customer)
        if price is not None:
            self.subscribe(customer, price, days_ago=days_ago)
        return customer

    def full_group(self) -> UUID:
        """This function will make a group with something of everything, and return its id."""
        group = self.group("Zweckverband Abfallwirtschaft Nordschwarzwald-Mittelbaden, Laptops und Zubehör")
        for name in NAMES[:3]:
            self.member(group, name, self.price(8900, name=f"Laptop for {name[:12]}"))
        self.member(group, NAMES[3], self.price(1_284_000, currency="JPY", name="データセンター利用料"))
        self.member(group, NAMES[4])
        drafted = self.member(group, NAMES[5])
        self.subscribe(drafted, self.price(45_250, name="Draft laptop"), is_draft=True)
        self.member(group, "Dollar LLC", self.price(2000, currency="CHF", name="No rate for it"))
        return group
