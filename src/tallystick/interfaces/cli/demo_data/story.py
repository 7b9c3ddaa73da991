"""The story of two years, day by day: who is invoiced, who pays, who does not. Every act is a use-case call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Final
from uuid import UUID

from tallystick.foundation.errors import ExpectedError
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.cli.demo_data.cast import RATES, Person
from tallystick.interfaces.cli.demo_data.visitor import Visitor
from tallystick.invoices.totals import LineInput
from tallystick.money.currencies import exponent
from tallystick.payments import queries as payments
from tallystick.usecases import allocate, bill, collect, enrol, record, refund
from tallystick.wire.ids import attempt_id_of, customer_id_of, invoice_id_of, payment_id_of

DAYS: Final = 730
# Mails older than this are not written again: nobody would look for them.
MAILS_DAYS: Final = 30
# Card payments older than this were recorded from a former system; the sandbox did not exist then.
CARDS_DAYS: Final = 150

_HOW: Final = {
    "transfer": "bank_transfer",
    "late": "bank_transfer",
    "card": "bank_transfer",
    "cash": "cash",
    "cheque": "cheque",
}


@dataclass(order=True)
class Event:
    """Something that happens at a moment; `order` keeps events of one moment in the order of their making."""

    at: datetime
    order: int
    act: Callable[[datetime], None] = field(compare=False)


@dataclass
class Role:
    """A customer in the story: the person, and what came of it."""

    person: Person
    customer_id: UUID | None = None
    method_id: UUID | None = None
    invoices: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Stage:
    """What the story needs to be played: staff, tax rates, the gateway, and the visitor of its pages."""

    staff: Actor
    tax_rates: dict[str, UUID]
    account_id: UUID
    visitor: Visitor
    return_url: str
    today: date


class Story:
    """The events of two years, made one after another so that numbers follow dates."""

    def __init__(self, stage: Stage, random: Random) -> None:
        self.stage = stage
        self.random = random
        self._events: list[Event] = []

    def events(self, roles: list[Role]) -> list[Event]:
        """This function will return every event in the order of time."""
        for role in roles:
            self._tell(role)
        self._tell_oddities()
        return sorted(self._events)

    def _add(self, day: date, act: Callable[[datetime], None]) -> None:
        if day <= self.stage.today:
            minute = self.random.randint(0, 9 * 60)
            moment = datetime.combine(day, time(7), tzinfo=UTC) + timedelta(minutes=minute)
            if day == self.stage.today:
                moment = datetime.combine(day, time(0, 1), tzinfo=UTC)
            self._events.append(Event(moment, len(self._events), act))

    def _tell(self, role: Role) -> None:
        person, today = role.person, self.stage.today
        begins = today - timedelta(days=min(DAYS, person.months_ago * 30 + 3))
        self._add(begins, partial(self._enrol, role))
        month = date(begins.year, begins.month, 1)
        while True:
            month = _months_after(month, person.every_months if role.invoices else 1)
            billed = month.replace(day=person.billing_day)
            if billed > today:
                return
            if billed <= begins:
                continue
            role.invoices.append(UUID(int=0))
            position = len(role.invoices) - 1
            end = _months_after(month, person.every_months)
            self._add(billed, partial(self._bill, role, position, month, end))
            self._tell_payment(role, position, billed)

    def _tell_payment(self, role: Role, position: int, billed: date) -> None:
        person = role.person
        late = {"late": 25, "transfer": 2}.get(person.pays_by, 0) if person.punctual < 0.8 else 12
        day = billed + timedelta(days=person.terms_days + self.random.randint(0, 3) + late)
        chance = self.random.random()
        if chance < 0.015:
            self._add(billed + timedelta(days=1), partial(self._void, role, position))
        elif chance < 0.04:
            self._add(day, partial(self._credit_then_pay, role, position))
        elif chance < 0.07 and person.pays_by != "card":
            self._add(day, partial(self._pay_in_two, role, position))
        elif person.pays_by == "late" and chance > 0.93:
            pass  # never paid: these are the overdue ones
        elif person.pays_by == "card" and (self.stage.today - day).days < CARDS_DAYS:
            self._add(day, partial(self._charge, role, position))
        else:
            self._add(day, partial(self._transfer, role, position))
            if chance > 0.975:
                self._add(day + timedelta(days=6), partial(self._refund, role, position))

    def _tell_oddities(self) -> None:
        """Money that nobody knows, promises, and drafts: what a desk finds on a Monday."""
        today, random = self.stage.today, self.random
        for number in range(9):
            day = today - timedelta(days=random.randint(0, 40))
            self._add(day, partial(self._unknown_money, number))

    def _enrol(self, role: Role, at: datetime) -> None:
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

    def _bill(self, role: Role, position: int, month: date, end: date, at: datetime) -> None:
        person, staff = role.person, self.stage.staff
        if role.customer_id is None:
            return
        name, cents = person.product
        price = _in_currency(cents * person.every_months, person.currency)
        taxed = "standard" if person.currency == "EUR" else "reverse_charge" if person.kind == "business" else "zero"
        lines = [
            LineInput(
                description=name,
                quantity=Decimal(person.quantity),
                unit_price_minor=price,
                tax_rate_id=self.stage.tax_rates[taxed],
                period_start=month,
                period_end=end,
            )
        ]
        if person.quantity >= 12:
            discount = -round(price * person.quantity * 0.05)
            lines.append(
                LineInput(
                    description="Volume discount 5 %",
                    quantity=Decimal(1),
                    unit_price_minor=discount,
                    tax_rate_id=self.stage.tax_rates[taxed],
                )
            )
        draft = bill.create_invoice(
            actor=staff, at=at, customer_id=role.customer_id, currency=person.currency, lines=lines, title=name
        )
        invoice_id = invoice_id_of(draft["id"])
        role.invoices[position] = invoice_id
        recent = (self.stage.today - at.date()).days
        if recent < 3 and self.random.random() < 0.25:
            return  # still a draft: somebody will look at it today
        bill.issue_invoice(actor=staff, at=at, invoice_id=invoice_id, sends_mail=recent < MAILS_DAYS)

    def _transfer(self, role: Role, position: int, at: datetime) -> None:
        live = payments.live_scheduled(role.invoices[position])
        if live is None or live["status"] == "processing":
            return
        record.mark_paid(
            actor=self.stage.staff,
            at=at,
            payment_id=live["id"],
            received_date=at.date(),
            method=_HOW[role.person.pays_by],
            reference=f"TRX {self.random.randint(100_000, 999_999)}",
            sends_mail=(self.stage.today - at.date()).days < MAILS_DAYS,
        )

    def _pay_in_two(self, role: Role, position: int, at: datetime) -> None:
        live = payments.live_scheduled(role.invoices[position])
        if live is None or live["total_minor"] < 2 or role.customer_id is None:
            return
        record.record_payment(
            actor=self.stage.staff,
            at=at,
            customer_id=role.customer_id,
            total_minor=live["total_minor"] // 2,
            currency=live["currency"],
            method="bank_transfer",
            received_date=at.date(),
            reference=f"TRX {self.random.randint(100_000, 999_999)}",
            description=f"First half of {live['description']} #promised the rest on the phone",
            parts=[record.Part(invoice_id=role.invoices[position])],
        )

    def _credit_then_pay(self, role: Role, position: int, at: datetime) -> None:
        live = payments.live_scheduled(role.invoices[position])
        if live is None or live["total_minor"] < 10:
            return
        bill.issue_credit_note(
            actor=self.stage.staff,
            at=at,
            invoice_id=role.invoices[position],
            reason=self.random.choice(("Device was out of order for a week", "Delivered late", "Wrong quantity")),
            gross_minor=live["total_minor"] // 5,
        )
        self._transfer(role, position, at)

    def _void(self, role: Role, position: int, at: datetime) -> None:
        if payments.live_scheduled(role.invoices[position]) is not None:
            bill.void_invoice(
                actor=self.stage.staff, at=at, invoice_id=role.invoices[position], reason="Entered for the wrong month"
            )

    def _refund(self, role: Role, position: int, at: datetime) -> None:
        paid = payments.paid_scheduled(role.invoices[position])
        if paid is not None and paid["method"] != "gateway":
            refund.refund_payment(
                actor=self.stage.staff,
                at=at,
                payment_id=paid["id"],
                amount_minor=max(1, paid["total_minor"] // 4),
                reason="Returned a device early",
                method="bank_transfer",
            )

    def _charge(self, role: Role, position: int, at: datetime) -> None:
        """The customer pays by card: the first time on the service's page, from then on with the stored card."""
        invoice_id = role.invoices[position]
        live = payments.live_scheduled(invoice_id)
        if live is None or live["status"] != "pending" or role.customer_id is None:
            return
        card = self.random.choices(
            ("4242424242424242", "5555555555554444", "378282246310005", "4000000000009995", "4000000000000002"),
            weights=(50, 22, 10, 10, 8),
        )[0]
        stored = role.method_id if self.random.random() < 0.9 else None
        paid = collect.pay(
            actor=self.stage.staff,
            at=at,
            customer_id=role.customer_id,
            amounts={invoice_id: None},
            account_id=self.stage.account_id,
            return_url=self.stage.return_url,
            method_id=stored,
            off_session=stored is not None,
            saves_method=stored is None,
        )
        attempt = paid["attempts"][-1]
        if attempt["state"] == "action_required":
            self.stage.visitor.pay(attempt["id"], card)
            collect.ask(attempt_id=attempt_id_of(attempt["id"]), at=at + timedelta(minutes=2))
            methods = payments.methods(role.customer_id)
            role.method_id = methods[0]["id"] if methods else None

    def _unknown_money(self, number: int, at: datetime) -> None:
        shape = record.record_payment(
            actor=self.stage.staff,
            at=at,
            total_minor=self.random.randint(20, 900) * 100,
            currency="EUR",
            method="bank_transfer",
            received_date=at.date(),
            description=f"Incoming transfer #sender on the statement: unreadable ({number})",
            reference=f"NOTPROVIDED {self.random.randint(1000, 9999)}",
            status="pending" if number % 4 == 3 else "completed",
        )
        if number % 4 == 1:
            allocate.reverse_payment(
                actor=self.stage.staff,
                at=at + timedelta(hours=1),
                payment_id=payment_id_of(shape["id"]),
                reason="It was the bank's own booking",
            )
        elif number % 4 == 3:
            record.cancel_payment(
                actor=self.stage.staff,
                at=at + timedelta(hours=2),
                payment_id=payment_id_of(shape["id"]),
            )


def play(event: Event) -> str:
    """This function will let an event happen; a refusal by the house is part of the story, and returned in words."""
    try:
        event.act(event.at)
    except ExpectedError as refusal:
        return str(refusal)
    return ""


def _in_currency(euro_cents: int, currency: str) -> int:
    if currency == "EUR":
        return euro_cents
    minor: float = euro_cents / 100 / RATES[currency] * 10 ** exponent(currency)
    step = 50 if exponent(currency) == 0 else 5
    return max(step, round(minor / step) * step)


def _months_after(month: date, count: int) -> date:
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)
