"""The story of two years, day by day: who subscribes, what is billed, what becomes of it. Each act is a use case."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from heapq import heappop, heappush
from random import Random
from typing import Final
from uuid import UUID

from tallystick.foundation import clock, jobs
from tallystick.foundation.errors import ExpectedError
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.cli.demo_data.cast import Person
from tallystick.interfaces.cli.demo_data.catalog import Offer, in_currency, tax_category
from tallystick.interfaces.cli.demo_data.visitor import Visitor
from tallystick.invoices.queries import InvoiceFilter, invoices_page
from tallystick.invoices.states import INVOICE
from tallystick.invoices.totals import LineInput
from tallystick.usecases import bill, enrol
from tallystick.wire.ids import customer_id_of, invoice_id_of

DAYS: Final = 730
# Mails older than this are not written again: nobody would look for them.
MAILS_DAYS: Final = 30
# Before the house opens, the bill run of the day is through.
_NIGHT: Final = time(0, 1)
_MORNING: Final = time(8)
_WORKING_MINUTES: Final = 9 * 60
_PAGE: Final = 60
_ISSUED: Final = InvoiceFilter(kind=INVOICE, without_drafts=True)
# Of so many customers one has the draft of an invoice.
_DRAFTS: Final = 18


@dataclass(order=True)
class Event:
    """Something that happens at a moment; `order` keeps events of one moment in the order of their making."""

    at: datetime
    order: int
    act: Callable[[datetime], object] = field(compare=False)


@dataclass
class Role:
    """A customer in the story: the person, and what came of it."""

    person: Person
    # What becomes of its first subscription; empty when that just goes on.
    fate: str = ""
    customer_id: UUID | None = None
    has_autopay: bool = False
    # How the stored card behaves, by the words of the sandbox.
    card: str = "success"

    @property
    def id(self) -> UUID:
        """The customer's id.

        Raises:
            AssertionError: before the customer is enrolled.
        """
        if self.customer_id is None:
            raise AssertionError(self.person.name)
        return self.customer_id


@dataclass(frozen=True)
class Issued:
    """An invoice that was issued, to somebody who will pay it or not."""

    invoice_id: UUID
    role: Role
    invoice_date: date
    due_date: date
    is_one_off: bool


@dataclass(frozen=True)
class Stage:
    """What the story needs to be played: staff, tax rates, prices, the gateway, and the visitor of its pages."""

    staff: Actor
    tax_rates: dict[str, UUID]
    offer: Offer
    account_id: UUID
    visitor: Visitor
    return_url: str
    today: date


class Story:
    """What happens, moment after moment, so that numbers follow dates; each event may lead to others."""

    def __init__(self, stage: Stage, random: Random) -> None:
        self.stage = stage
        self.random = random
        self.now = datetime.combine(stage.today - timedelta(days=DAYS), _NIGHT, tzinfo=clock.business_zone())
        self.refused: list[str] = []
        self.told = 0
        # Whether something was done that issues invoices, which somebody has to pay.
        self.is_billed = False
        # Everybody who is enrolled, by the id of the customer.
        self.payers: dict[UUID, Role] = {}
        self._events: list[Event] = []
        self._made = 0
        self._one_off: set[UUID] = set()
        self._seen: UUID | None = None

    def add(self, day: date, act: Callable[[datetime], object], *, at_night: bool = False) -> None:
        """This function will let something happen on a day, at some hour; what lies after today is left out.

        What should have happened before now happens now.
        """
        if day > self.stage.today:
            return
        # Today has only just begun: the rest of it belongs to whoever looks at the demonstration.
        minute = 0 if at_night or day == self.stage.today else self.random.randint(0, _WORKING_MINUTES)
        opens = _NIGHT if at_night or day == self.stage.today else _MORNING
        moment = datetime.combine(day, opens, tzinfo=clock.business_zone()) + timedelta(minutes=minute)
        heappush(self._events, Event(max(moment, self.now), self._made, act))
        self._made += 1

    @property
    def day(self) -> date:
        """The business's local date."""
        return self.now.date()

    def play(self) -> Iterator[date]:
        """This function will let everything happen in the order of time, and yield each day once it is over.

        A refusal by the house is part of the story, and kept in words.
        """
        day = self.day
        while self._events:
            event = heappop(self._events)
            self.now = event.at
            if self.day > day:
                yield day
                day = self.day
            self.told += 1
            try:
                event.act(event.at.astimezone(UTC))
            except ExpectedError as refusal:
                self.refused.append(str(refusal))
        yield day

    def begins(self, person: Person) -> date:
        """This function will return the day on which a customer comes."""
        return self.stage.today - timedelta(days=min(DAYS, person.months_ago * 30 + 3))

    def enrol(self, role: Role, at: datetime) -> None:
        """This function will enrol a customer."""
        person = role.person
        shape = enrol.create_customer(
            actor=self.stage.staff,
            at=at,
            kind=person.kind,
            name=person.name,
            currency=person.currency,
            terms_days=person.terms_days,
            details={
                "time_zone": person.time_zone,
                "country": person.country,
                "city": person.city,
                "postal_code": person.postal_code,
                "address_lines": person.street,
            },
            contacts=[{"name": person.contact, "email": person.email, "is_billing": True}],
        )
        role.customer_id = customer_id_of(shape["id"])
        self.payers[role.customer_id] = role

    def tell_one_off(self, roles: list[Role]) -> None:
        """This function will let customers be billed now and then for what no subscription covers."""
        for role in roles:
            begins = self.begins(role.person)
            if self.random.random() < 0.2:
                self.add(begins + timedelta(days=2), partial(self._bill_one_off, role, "Delivery and setting up", 9900))
            day = begins + timedelta(days=self.random.randint(20, 400))
            while day <= self.stage.today:
                self.add(day, partial(self._bill_one_off, role, *self.random.choice(_ONE_OFF)))
                day += timedelta(days=self.random.randint(120, 600))
        for role in roles[::_DRAFTS]:
            # Still a draft: somebody will look at it today.
            day = max(self.begins(role.person) + timedelta(days=1), self.stage.today - timedelta(days=3))
            self.add(day, partial(self._bill_one_off, role, *self.random.choice(_ONE_OFF), is_draft=True))

    def is_recent(self, day: date, *, days: int = MAILS_DAYS) -> bool:
        """This function will say whether a day lies less than so many days back."""
        return (self.stage.today - day).days < days

    def issued(self) -> list[Issued]:
        """This function will return the invoices that were issued since it was asked last."""
        found, cursor = [], ""
        while True:
            page = invoices_page(_ISSUED, today=self.stage.today, cursor=cursor, limit=_PAGE)
            for row in page.rows:
                if row["id"] == self._seen:
                    break
                found.append(row)
            else:
                cursor = page.next_cursor or ""
                if cursor:
                    continue
            break
        if found:
            self._seen = found[0]["id"]
        return [
            Issued(
                invoice_id=row["id"],
                role=self.payers[row["customer_id"]],
                invoice_date=row["invoice_date"],
                due_date=row["due_date"],
                is_one_off=row["id"] in self._one_off,
            )
            for row in reversed(found)
        ]

    def forget_mails(self, _at: datetime) -> None:
        """This function will leave what was to be written until now unwritten."""
        with transaction():
            jobs.forget_waiting(begins="mail.")

    def _bill_one_off(self, role: Role, words: str, cents: int, at: datetime, *, is_draft: bool = False) -> None:
        person, staff = role.person, self.stage.staff
        taxed = tax_category(person.currency, person.kind)
        line = LineInput(
            description=words,
            quantity=Decimal(1),
            unit_price_minor=in_currency(cents, person.currency),
            tax_rate_id=self.stage.tax_rates[taxed],
        )
        draft = bill.create_invoice(
            actor=staff, at=at, customer_id=role.id, currency=person.currency, lines=[line], title=words
        )
        if is_draft:
            return
        invoice_id = invoice_id_of(draft["id"])
        bill.issue_invoice(actor=staff, at=at, invoice_id=invoice_id, sends_mail=self.is_recent(self.day))
        self._one_off.add(invoice_id)
        self.is_billed = True


_ONE_OFF: Final = (
    ("Repair after a fall", 14900),
    ("Replacement charger", 4900),
    ("Technician on site, 2 hours", 19800),
    ("Move of a connection", 8900),
    ("Cleaning of returned furniture", 6500),
)
