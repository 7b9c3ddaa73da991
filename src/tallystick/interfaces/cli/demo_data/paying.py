"""How invoices are billed, paid, paid late, or not paid in the story; by card through the sandbox, also by itself."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from tallystick.customers.queries import contacts
from tallystick.foundation import settings_store
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.cli.demo_data.story import MAILS_DAYS, Issued, Role, Story
from tallystick.payments import lists
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.terms import terms_hash
from tallystick.subscriptions import run_queries
from tallystick.usecases import allocate, autopay, bill, collect, demo_days, record, refund, settle_dispute
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import attempt_id_of, payment_id_of

# Card payments older than this were recorded from a former system; the sandbox did not exist then.
CARDS_DAYS: Final = 150
# Of so many one-off invoices one is withdrawn.
_VOIDED: Final = 12
SUCCESS: Final = "success"
SHORT: Final = "insufficient_funds"
STOLEN: Final = "stolen_card"
# What becomes of the cards that autopay charges, one after the other as their holders agree, and again from the start.
_FATES: Final = (SUCCESS, SHORT, STOLEN, SUCCESS, SUCCESS, SHORT, *(SUCCESS,) * 6)
# What customers type on the service's page, one after the other: some are declined.
_VISA, _MASTERCARD, _AMEX = "4242424242424242", "5555555555554444", "378282246310005"
_POOR, _DECLINED = "4000000000009995", "4000000000000002"
_CARDS: Final = (_VISA, _MASTERCARD, _VISA, _AMEX, _POOR, _VISA, _MASTERCARD, _VISA, _DECLINED)

_HOW: Final = {
    "transfer": "bank_transfer",
    "late": "bank_transfer",
    "card": "bank_transfer",
    "cash": "cash",
    "cheque": "cheque",
}


@dataclass
class Paying:
    """The part of the story in which money comes."""

    story: Story
    _one_offs: int = 0
    _visits: int = 0
    _agreed: int = 0
    _short: dict[UUID, Role] = field(default_factory=dict)

    def tell(self) -> None:
        """This function will let every day begin with its bills and charges; to be told first of all."""
        story = self.story
        story.add(story.stage.today - timedelta(days=MAILS_DAYS), story.forget_mails, at_night=True)
        day = story.day
        while day <= story.stage.today:
            story.add(day, self._begin_day, at_night=True)
            day += timedelta(days=1)

    def tell_oddities(self) -> None:
        """This function will let money come that nobody knows: what a desk finds on a Monday."""
        for number in range(9):
            day = self.story.stage.today - timedelta(days=self.story.random.randint(0, 40))
            self.story.add(day, partial(self._unknown_money, number))

    def tell_disputes(self) -> None:
        """This function will let two payers take back what their cards paid: one got it, one waits for our answer."""
        today = self.story.stage.today
        self.story.add(today - timedelta(days=20), partial(self._dispute, days_until_lost=6))
        self.story.add(today - timedelta(days=2), partial(self._dispute, days_until_lost=None))

    def _dispute(self, at: datetime, *, days_until_lost: int | None) -> None:
        wanted = PaymentFilter(kind="scheduled", status="completed", method="gateway")
        for row in lists.payments_page(wanted, limit=50).rows:
            if row["disputed_minor"] or row["lost_minor"] or row["refunded_minor"]:
                continue
            reference = payments.attempts(row["id"])[-1]["gateway_reference"]
            dispute = self.story.stage.visitor.dispute(reference)
            self._hear_of(reference, at)
            if days_until_lost is not None:
                day = self.story.day + timedelta(days=days_until_lost)
                self.story.add(day, partial(self._lose, dispute, reference))
            return

    def _lose(self, dispute: str, reference: str, at: datetime) -> None:
        self.story.stage.visitor.keep(dispute)
        self._hear_of(reference, at)

    def _hear_of(self, reference: str, at: datetime) -> None:
        account_id = self.story.stage.account_id
        settle_dispute.ask_disputes(account_id=account_id, gateway_reference=reference, at=at)

    def _begin_day(self, at: datetime) -> None:
        story = self.story
        # A run that finds nothing would take as long as one that bills a little.
        if story.day == story.stage.today or run_queries.is_anything_due(story.day):
            demo_days.bill(at=at)
            story.is_billed = True
        if story.is_recent(story.day, days=CARDS_DAYS):
            self._charge(at)
        if story.is_billed:
            story.is_billed = False
            for issued in story.issued():
                self._tell_payment(issued)

    def _tell_payment(self, issued: Issued) -> None:
        story, person = self.story, issued.role.person
        late = {"late": 25, "transfer": 2}.get(person.pays_by, 0) if person.punctual < 0.8 else 12
        day = issued.due_date + timedelta(days=story.random.randint(0, 3) + late)
        chance = story.random.random()
        self._one_offs += issued.is_one_off
        if issued.is_one_off and self._one_offs % _VOIDED == 0:
            story.add(issued.invoice_date + timedelta(days=1), partial(self._void, issued))
        elif chance < 0.025:
            story.add(day, partial(self._credit_then_pay, issued))
        elif chance < 0.055 and person.pays_by != "card":
            story.add(day, partial(self._pay_in_two, issued))
        elif person.pays_by == "late" and chance > 0.93:
            pass  # never paid: these are the overdue ones
        elif person.pays_by == "card" and story.is_recent(issued.due_date, days=CARDS_DAYS):
            story.add(day, partial(self._pay_by_card, issued))
        else:
            story.add(day, partial(self._transfer, issued))
            if chance > 0.975:
                story.add(day + timedelta(days=6), partial(self._refund, issued))

    def _charge(self, at: datetime) -> None:
        """What autopay charges today; who was short of money, and heard of it, sees to it, or does not."""
        for payment_id in demo_days.charge(at=at):
            payment = payments.payment(payment_id)
            role = self._short.pop(payment["customer_id"], None) if payment["status"] == "failed" else None
            if role is not None and self.story.random.random() < 0.7:
                day = self.story.day + timedelta(days=self.story.random.randint(1, 6))
                self.story.add(day, partial(self._turn, role, SUCCESS))

    def _pay_by_card(self, issued: Issued, at: datetime) -> None:
        """The customer pays on the service's page, unless autopay did; after the first time most agree to that."""
        story, role = self.story, issued.role
        live = payments.live_scheduled(issued.invoice_id)
        if live is None or live["status"] != "pending" or role.card == STOLEN:
            return
        paid = collect.pay(
            actor=story.stage.staff,
            at=at,
            customer_id=role.id,
            amounts={issued.invoice_id: None},
            account_id=story.stage.account_id,
            return_url=story.stage.return_url,
            saves_method=not role.has_autopay,
        )
        attempt = paid["attempts"][-1]
        story.stage.visitor.pay(attempt["id"], _CARDS[self._visits % len(_CARDS)])
        self._visits += 1
        collect.ask(attempt_id=attempt_id_of(attempt["id"]), at=at + timedelta(minutes=2))
        stored = payments.methods(role.id)
        if stored and not role.has_autopay and story.random.random() < 0.9:
            self._agree(role, live["total_minor"], at + timedelta(minutes=3))

    def _agree(self, role: Role, usual_minor: int, at: datetime) -> None:
        contact = contacts(role.id)[0]
        random = self.story.random
        capped = random.random() < 0.15
        autopay.agree(
            actor=Actor(
                kind="contact",
                id=str(contact.id),
                label=contact.name,
                permissions=frozenset({Permission.MANAGE_AUTOPAY}),
                scope=("customer", role.id),
            ),
            at=at,
            customer_id=role.id,
            terms_sha256=terms_hash(settings_store.get(autopay.TERMS)),
            charge_day=random.choice((1, 15, 31)) if random.random() < 0.15 else None,
            cap_minor=usual_minor if capped else None,
            cap_currency=role.person.currency if capped else "",
        )
        role.has_autopay = True
        if not any(plan.every_months == 1 for plan in role.person.plans):
            return  # it would be long until the next charge
        fate = _FATES[self._agreed % len(_FATES)]
        self._agreed += 1
        if fate != SUCCESS:
            day = self.story.day + timedelta(days=random.randint(4, 40))
            self.story.add(day, partial(self._turn, role, fate))

    def _turn(self, role: Role, card: str, _at: datetime) -> None:
        """From now on the bank says something else to the stored card."""
        token, _ = payments.method_token(payments.methods(role.id)[0]["id"], of_customer=role.id)
        self.story.stage.visitor.turn(token, card)
        role.card = card
        if card == SHORT:
            self._short[role.id] = role

    def _transfer(self, issued: Issued, at: datetime) -> None:
        live = payments.live_scheduled(issued.invoice_id)
        if live is None or live["status"] == "processing":
            return
        record.mark_paid(
            actor=self.story.stage.staff,
            at=at,
            payment_id=live["id"],
            received_date=self.story.day,
            method=_HOW[issued.role.person.pays_by],
            reference=f"TRX {self.story.random.randint(100_000, 999_999)}",
            sends_mail=self.story.is_recent(self.story.day),
        )

    def _pay_in_two(self, issued: Issued, at: datetime) -> None:
        live = payments.live_scheduled(issued.invoice_id)
        if live is None or live["total_minor"] < 2:
            return
        record.record_payment(
            actor=self.story.stage.staff,
            at=at,
            customer_id=issued.role.id,
            total_minor=live["total_minor"] // 2,
            currency=live["currency"],
            method="bank_transfer",
            received_date=self.story.day,
            reference=f"TRX {self.story.random.randint(100_000, 999_999)}",
            description=f"First half of {live['description']} #promised the rest on the phone",
            parts=[record.Part(invoice_id=issued.invoice_id)],
            # Nobody is asked here, and chance may repeat itself.
            allows_duplicate=True,
        )

    def _credit_then_pay(self, issued: Issued, at: datetime) -> None:
        live = payments.live_scheduled(issued.invoice_id)
        if live is None or live["total_minor"] < 10:
            return
        reasons = ("Device was out of order for a week", "Delivered late", "Wrong quantity")
        bill.issue_credit_note(
            actor=self.story.stage.staff,
            at=at,
            invoice_id=issued.invoice_id,
            reason=self.story.random.choice(reasons),
            gross_minor=live["total_minor"] // 5,
        )
        self._transfer(issued, at)

    def _void(self, issued: Issued, at: datetime) -> None:
        if payments.live_scheduled(issued.invoice_id) is not None:
            bill.void_invoice(
                actor=self.story.stage.staff, at=at, invoice_id=issued.invoice_id, reason="Entered for the wrong month"
            )

    def _refund(self, issued: Issued, at: datetime) -> None:
        paid = payments.paid_scheduled(issued.invoice_id)
        if paid is not None and paid["method"] != "gateway":
            refund.refund_payment(
                actor=self.story.stage.staff,
                at=at,
                payment_id=paid["id"],
                amount_minor=max(1, paid["total_minor"] // 4),
                reason="Returned a device early",
                method="bank_transfer",
            )

    def _unknown_money(self, number: int, at: datetime) -> None:
        shape = record.record_payment(
            actor=self.story.stage.staff,
            at=at,
            total_minor=self.story.random.randint(20, 900) * 100,
            currency="EUR",
            method="bank_transfer",
            received_date=self.story.day,
            description=f"Incoming transfer #sender on the statement: unreadable ({number})",
            reference=f"NOTPROVIDED {self.story.random.randint(1000, 9999)}",
            status="pending" if number % 4 == 3 else "completed",
            allows_duplicate=True,
        )
        payment_id = payment_id_of(shape["id"])
        if number % 4 == 1:
            allocate.reverse_payment(
                actor=self.story.stage.staff,
                at=at + timedelta(hours=1),
                payment_id=payment_id,
                reason="It was the bank's own booking",
            )
        elif number % 4 == 3:
            record.cancel_payment(actor=self.story.stage.staff, at=at + timedelta(hours=2), payment_id=payment_id)
