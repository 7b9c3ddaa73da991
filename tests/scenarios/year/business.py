"""A business that lives day by day: each job at its hour, each month closed on the first day of the next.

Days on which nothing is expected are passed over, which saves minutes: whatever the jobs would do on one of them, they
do on the next that is lived, where nobody expects it.
"""

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from django.db import connection
from procrastinate.contrib.django import app

from tallystick.correspondence.mail_settings import OUTBOX, TRANSPORT
from tallystick.foundation import clock, settings_store
from tallystick.foundation.months import months_after
from tallystick.ledger.queries import closed_until
from tallystick.payments.terms import terms_hash
from tallystick.usecases import autopay, earn_revenue, month_end, receive, record, send_statements
from tests.gateways.receiver import Receiver
from tests.sandbox_service import SandboxService
from tests.scenarios import subscriptions
from tests.scenarios.year import seen
from tests.scenarios.year.seen import Month
from tests.stored_cards import stored_card
from tests.usecases import shop

# What runs by itself on every day, at its hour. Jobs that only clean up, or only ask again, are left out.
BY_THE_CLOCK: Final = (
    (time(0, 1), ("billing.begin",)),
    (time(0, 7), ("autopay.run",)),
    (time(8, 22), ("billing.announce",)),
    (time(8, 37), ("dunning.run", "dunning.lift")),
)
NOON: Final = time(12)
EVENING: Final = time(18)
FOLDED: Final = (
    "ledger.fold_balances",
    "ledger.fold_postings",
    "reports.fold_tax",
    "reports.fold_deferred",
    "payments.fold",
)


class Business(shop.Shop, subscriptions.Shop):
    """A business in euro with an account at the sandbox, which lives some days one after the other."""

    def __init__(self, service: SandboxService, receiver: Receiver, *, first: date, days: Collection[date]) -> None:
        super().__init__(service, receiver)
        settings_store.put(TRANSPORT, OUTBOX)
        self.days, self.today = days, first
        self.now = datetime.combine(self.today, EVENING, tzinfo=clock.UTC)
        self.seen: dict[date, Month] = {}

    @property
    def doing(self) -> dict[str, Any]:
        """Who does something, and when: staff, at this moment of the story."""
        return {"actor": self.staff, "at": self.now}

    def live_until(self, day: date) -> None:
        """This function will let the days pass up to the noon of a day."""
        for passing in sorted({each for each in self.days if self.today < each < day} | {day}):
            self._evening()
            self.today = passing
            for hour, names in BY_THE_CLOCK:
                self._strikes(hour, *names)
            if self.today.day == 1:
                self._month_end(months_after(self.today, -1, day=1))
        self.now = datetime.combine(self.today, NOON, tzinfo=clock.UTC)

    def card_of(self, customer: UUID) -> UUID:
        """This function will store a card of a customer, have autopay agreed to with it, and return the card."""
        token = self.merchant.stored_card(shop.VISA)
        method = stored_card(customer, self.account_id, token=token)
        self.autopay_with(customer, method)
        return method

    def autopay_with(self, customer: UUID, method: UUID | None = None) -> None:
        """This function will have a payer agree that a card is charged on due dates."""
        terms = terms_hash(autopay.TERMS.default)
        autopay.agree(**self.doing, customer_id=customer, method_id=method, terms_sha256=terms, evidence="Signed form")

    def transfer(self, invoice: UUID) -> None:
        """This function will mark as paid what is expected for an invoice: it came on the business's bank account."""
        record.mark_paid(
            **self.doing,
            payment_id=self.expected_payment(invoice)["id"],
            received_date=self.today,
            method="bank_transfer",
        )

    def hear(self) -> None:
        """This function will receive what the payment service has to tell, and act on it."""
        # The service signs by the real clock.
        for post in self.posts():
            receive.receive_messages(account_id=self.account_id, headers=post.headers, body=post.body, at=shop.at())
        self._work()

    def _evening(self) -> None:
        """What people did is written about, and what was paid has its effect."""
        self._strikes(EVENING, "dunning.lift")
        self.hear()

    def _month_end(self, month: date) -> None:
        """The first day of a month: the one before is looked at, earned, told to customers, and closed."""
        self._strikes(time(9), *FOLDED)
        before = month_end.told(**self.doing)
        assert before["month"] == f"{month:%Y-%m}"
        earn_revenue.begin_revenue_run(**self.doing, month=month)
        self._work()
        send_statements.send_month_statements(**self.doing, month=month)
        self._work()
        self._strikes(time(9, 7), *FOLDED)
        self.seen[month] = seen.of_month(self.staff, self.now, month, before=before)
        month_end.close_month(**self.doing, month=month)
        assert closed_until() == self.today - timedelta(days=1)

    def _strikes(self, hour: time, *names: str) -> None:
        """This function will let it be an hour of the day, and do the jobs of it and whatever they cause."""
        self.now = datetime.combine(self.today, hour, tzinfo=clock.UTC)
        with self._clock():
            for name in names:
                app.tasks[name].func(timestamp=0)
        self._work()

    def _work(self) -> None:
        """This function will do every job that is due."""
        with self._clock():
            while found := next(_due(self.now), None):
                name, arguments = found
                app.tasks[name].func(**arguments)

    @contextmanager
    def _clock(self) -> Iterator[None]:
        moment = self.now
        with patch.object(clock, "now", lambda: moment):
            yield


def _due(moment: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = (SELECT id FROM procrastinate_jobs"
            " WHERE status = 'todo' AND coalesce(scheduled_at, %s) <= %s ORDER BY id LIMIT 1)"
            " RETURNING task_name, args",
            [moment, moment],
        )
        for name, arguments in cursor.fetchall():
            yield name, json.loads(arguments) if isinstance(arguments, str) else arguments
