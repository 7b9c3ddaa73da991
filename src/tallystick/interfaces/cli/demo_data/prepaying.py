"""Prepaid customers of the story: they top up, call, are credited now and then, and one calls more than it paid for."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final
from uuid import UUID

from tallystick.interfaces.cli.demo_data.cast import Person
from tallystick.interfaces.cli.demo_data.story import Role, Story
from tallystick.usecases import charge, enrol, make_vouchers, record, redeem, topup
from tallystick.wallets.vouchers import BatchTerms
from tallystick.wire.ids import charge_id_of, topup_request_id_of, voucher_batch_id_of

# How long ago there were vouchers.
_VOUCHERS_DAYS: Final = 20
# When they came, and how often they buy.
_DAYS: Final = 100
_EVERY_DAYS: Final = 3
# Of so many purchases one is credited back.
_CREDITED: Final = 11
_BOUGHT: Final = (
    ("Calls, 42 minutes to mobile networks", 588),
    ("Calls abroad, 17 minutes", 1139),
    ("250 text messages", 1975),
    ("Call recording, one week", 990),
    ("Conference room, 3 hours", 2475),
)
# Who tops up: how much each month, and whether that is enough.
_CAST: Final = (("Kontor Rufbereit GmbH", "Wiebke Sörensen", 15000), ("Elbe Nachtdienste KG", "Tarek Aydın", 11000))


@dataclass
class Prepaying:
    """The part of the story in which prepaid money comes and is used; with chance of its own."""

    story: Story
    _random: Random = field(default_factory=lambda: Random(41))
    _bought: int = 0

    def tell(self) -> None:
        """This function will let the prepaid customers come, top up and buy until today."""
        for number, (name, contact, cents) in enumerate(_CAST, start=1):
            role = Role(_person(number, name, contact))
            begins = self.story.stage.today - timedelta(days=_DAYS)
            self.story.add(begins, partial(self._enrol, role))
            for month in range(4 if number == 1 else 3):
                day = begins + timedelta(days=1 + 30 * month)
                self.story.add(day, partial(self._top_up, role, cents))
            day = begins + timedelta(days=4)
            while day <= self.story.stage.today:
                self.story.add(day, partial(self._buy, role))
                day += timedelta(days=_EVERY_DAYS)
            self.story.add(self.story.stage.today - timedelta(days=2), partial(self._request, role, cents))
            if number == 1:
                self.story.add(self.story.stage.today - timedelta(days=_VOUCHERS_DAYS), partial(self._vouchers, role))

    def _enrol(self, role: Role, at: datetime) -> None:
        self.story.enrol(role, at)
        staff = self.story.stage.staff
        enrol.change_customer(actor=staff, at=at, customer_id=role.id, changes={"is_prepaid": True})
        charge.set_debit_limit(
            actor=staff, at=at, customer_id=role.id, currency=role.person.currency, debit_limit_minor=2500
        )

    def _top_up(self, role: Role, cents: int, at: datetime) -> None:
        record.record_payment(
            actor=self.story.stage.staff,
            at=at,
            customer_id=role.id,
            total_minor=cents,
            currency=role.person.currency,
            description="Top-up",
            reference=f"TOP-UP {self.story.day:%Y-%m}",
            mails_confirmation=self.story.is_recent(self.story.day),
        )

    def _buy(self, role: Role, at: datetime) -> None:
        words, cents = self._random.choice(_BOUGHT)
        self._bought += 1
        told = charge.charge_account(
            actor=self.story.stage.staff,
            at=at,
            customer_id=role.id,
            currency=role.person.currency,
            total_minor=cents,
            tax_rate_id=self.story.stage.tax_rates["standard"],
            description=words,
            external_id=f"CDR-{self._bought:06}",
        )
        if self._bought % _CREDITED == 0:
            day = self.story.day + timedelta(days=1)
            self.story.add(day, partial(self._credit, charge_id_of(told["id"])))

    def _credit(self, charge_id: UUID, at: datetime) -> None:
        charge.credit_charge(
            actor=self.story.stage.staff, at=at, charge_id=charge_id, reason="The line was bad, as agreed by phone"
        )

    def _request(self, role: Role, cents: int, at: datetime) -> None:
        """A request that was sent and is not paid yet."""
        staff = self.story.stage.staff
        draft = topup.create_topup_request(
            actor=staff,
            at=at,
            customer_id=role.id,
            currency=role.person.currency,
            total_minor=cents,
            title="Your next top-up",
        )
        topup.send_topup_request(actor=staff, at=at, request_id=topup_request_id_of(draft["id"]))

    def _vouchers(self, role: Role, at: datetime) -> None:
        """A batch of vouchers, of which one customer redeems the first."""
        staff = self.story.stage.staff
        terms = BatchTerms(
            name="Thank you for calling",
            currency=role.person.currency,
            quantity=50,
            amount_minor=1000,
            uses_per_customer=1,
            lifetime_days=365,
            valid_until=self.story.day + timedelta(days=180),
        )
        made = make_vouchers.create_voucher_batch(actor=staff, at=at, terms=terms)
        code = make_vouchers.voucher_codes(actor=staff, at=at, batch_id=voucher_batch_id_of(made["id"]))[0].code
        redeem.redeem_voucher(actor=staff, at=at, customer_id=role.id, number=code, currency=role.person.currency)


def _person(number: int, name: str, contact: str) -> Person:
    return Person(
        kind="business",
        name=name,
        contact=contact,
        email=f"prepaid{number}@example.com",
        country="DE",
        currency="EUR",
        time_zone="Europe/Berlin",
        city="Hamburg",
        postal_code="20457",
        street=f"Am Sandtorkai {number}",
        terms_days=14,
        pays_by="transfer",
        months_ago=4,
        billing_day=1,
        plans=(),
        punctual=1.0,
    )
