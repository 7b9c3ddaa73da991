"""A business that takes money through a sandbox account, over real HTTP and with a receiver of its webhooks."""

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

from django.db import connection
from procrastinate.contrib.django import app

import tallystick.interfaces.jobs.registry  # noqa: F401 - the jobs register themselves
from tallystick.foundation import clock
from tallystick.gateways import queries as gateways
from tallystick.gateways.port import Gateway
from tallystick.gateways.registry import open_gateway
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.ledger.accounts import GATEWAY_CLEARING
from tallystick.payments import queries as payments
from tallystick.usecases import collect, receive, set_up
from tests.gateways.receiver import Post, Receiver
from tests.sandbox_service import Account, SandboxService, pay, shape
from tests.scenarios.conftest import World, uid

VISA = "4242424242424242"
DECLINED = "4000000000000002"
# Where the customer is sent back to; nobody listens there, for no story may depend on it (S11).
RETURN_URL = "http://127.0.0.1:9/return/{attempt}"
# Everything happens about now: the sandbox signs its messages by the real clock.
YESTERDAY = (datetime.now(tz=UTC) - timedelta(days=1)).date().isoformat()


def at(**later: float) -> datetime:
    """This function will return this moment, or one so much later."""
    return datetime.now(tz=UTC) + timedelta(**later)


class Shop(World):
    """The business of the scenarios with an account at the sandbox, whose own book is the oracle."""

    def __init__(self, service: SandboxService, receiver: Receiver, *, is_told: bool = True) -> None:
        super().__init__()
        self.service, self.receiver = service, receiver
        # One that is not told has no webhook endpoint at its gateway.
        self.merchant = service.create_merchant(f"Shop {uuid.uuid4().hex}", receiver.url if is_told else None)
        self.account_id = self.open_account(self.merchant)
        self._delivered = 0

    def open_account(self, merchant: Account, *, is_live: bool = False, timeout_seconds: float = 30) -> UUID:
        """This function will set up a gateway account of ours for a merchant of the sandbox."""
        return set_up.set_up_gateway(
            actor=self.staff,
            at=at(),
            adapter="sandbox",
            name=f"Cards {merchant.id}{' live' * is_live}",
            configuration={
                "base_url": merchant.base_url,
                "secret_key": merchant.secret_key,
                "webhook_secrets": [merchant.webhook_secret],
                "timeout_seconds": timeout_seconds,
            },
            is_live=is_live,
        )

    @property
    def gateway(self) -> Gateway:
        """The account as the port shows it."""
        return open_gateway(self.account_id)

    def bill(self, net: int = 8900, **more: Any) -> tuple[UUID, UUID]:
        """This function will enrol a customer and issue an invoice; without more, of 89.00 and 17.80 tax."""
        customer = self.customer(day=YESTERDAY)
        return customer, self.invoice(customer, net, day=YESTERDAY, **more)

    def collect(self, customer: UUID, *of_invoices: UUID, **more: Any) -> dict[str, Any]:
        """This function will begin to collect invoices in full; the customer pays on the sandbox's page."""
        arguments = {
            "actor": self.staff,
            "at": at(),
            "customer_id": customer,
            "amounts": dict.fromkeys(of_invoices),
            "account_id": self.account_id,
            "return_url": RETURN_URL,
        }
        return dict(collect.pay(**(arguments | more)))

    def customer_pays(self, payment: dict[str, Any], number: str = VISA, *, bank: str = "approve") -> None:
        """This function will have the customer type a card where the last attempt sends them."""
        pay(payment["attempts"][-1]["action_url"], number, bank=bank)

    def paid(self, net: int = 8900, number: str = VISA) -> tuple[UUID, UUID, UUID]:
        """This function will return a customer, an invoice and its payment, paid by card."""
        customer, invoice = self.bill(net)
        payment = self.collect(customer, invoice)
        self.customer_pays(payment, number)
        self.deliver()
        return customer, invoice, uid("pay", payment["id"])

    def fault(self, kind: str, *, method: str | None = "POST", **more: Any) -> None:
        """This function will have the next order meet a fault of the sandbox."""
        shape(self.merchant.post("/v1/test/faults", {"kind": kind, "method": method} | more))

    def clear_faults(self) -> None:
        """This function will end the faults, and let go webhooks that they held."""
        shape(self.merchant.http.delete("/v1/test/faults"))

    def posts(self) -> list[Post]:
        """This function will return the webhooks that came since the last look."""
        self.service.run_due()
        fresh = self.receiver.posts[self._delivered :]
        self._delivered = len(self.receiver.posts)
        return fresh

    def receive(self, *posts: Post) -> list[int]:
        """This function will bring webhooks to the use case, as the door does; how many messages of each were new."""
        return [
            receive.receive_messages(account_id=self.account_id, headers=post.headers, body=post.body, at=at())
            for post in posts
        ]

    def deliver(self) -> None:
        """This function will receive the webhooks that came, and do their jobs."""
        self.receive(*self.posts())
        self.do_jobs()

    def signed(self, body: bytes | dict[str, Any], *, merchant: Account | None = None) -> Post:
        """This function will return a body as the sandbox would sign it now."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        now = int(time.time())
        secret = (merchant or self.merchant).webhook_secret
        digest = hmac.new(secret.encode(), f"{now}.".encode() + raw, hashlib.sha256).hexdigest()
        return Post({"Sandbox-Signature": f"t={now},v1={digest}"}, raw)

    def do_jobs(self, **later: float) -> list[str]:
        """This function will do what is due of the gateways' jobs through their doors, at this moment or later.

        Returns the names of what was done. Mails are left waiting.
        """
        done = []
        moment = at(**later)
        with patch.object(clock, "now", lambda: moment):
            while found := next(_due(moment), None):
                number, name, arguments = found
                app.tasks[name].func(**arguments)
                with connection.cursor() as cursor:
                    cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [number])
                done.append(name)
        return done

    def mails(self, name: str = "mail.receipt") -> list[dict[str, Any]]:
        """This function will return the arguments of jobs that will write mails."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [name])
            return [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()]

    def charges(self) -> list[int]:
        """This function will return each amount that the sandbox took for us: its own book."""
        rows = shape(self.merchant.get("/v1/payments", limit=100))["data"]
        return [row["amount"] for row in rows if row["status"] == "succeeded"]

    def refunds(self) -> list[int]:
        """This function will return each amount that the sandbox gave back for us."""
        rows = shape(self.merchant.get("/v1/refunds", limit=100))["data"]
        return [row["amount"] for row in rows if row["status"] != "failed"]

    def at_gateway(self, payment: dict[str, Any]) -> dict[str, Any]:
        """This function will return the sandbox's payment behind the last attempt of ours."""
        rows = shape(self.merchant.get("/v1/payments", reference=payment["attempts"][-1]["id"]))["data"]
        assert len(rows) == 1
        return dict(rows[0])

    def told(self, payment_id: UUID) -> list[tuple[str, str, str]]:
        """This function will return a payment's timeline: event, from, to."""
        return [(row["event"], row["from_status"], row["to_status"]) for row in payments.timeline(payment_id)]

    def standing(self, invoice_id: UUID) -> tuple[str, int]:
        """This function will return what happened to an invoice: its state, and what is open."""
        row = invoices.invoice(invoice_id)
        return row["state"], row["open_minor"]

    def inbox(self) -> list[tuple[str, str]]:
        """This function will return kind and state of every message that was stored, in the order of their coming."""
        from tallystick.gateways.models import InboxMessage

        rows = InboxMessage.objects.filter(account_id=self.account_id).order_by("received_at", "id")
        return list(rows.values_list("kind", "state"))

    def messages(self) -> list[dict[str, Any]]:
        """This function will return what the inbox holds of every message and change, in the order of their coming."""
        from tallystick.gateways.models import InboxMessage

        rows = InboxMessage.objects.filter(account_id=self.account_id).order_by("received_at", "id")
        return [dict(row) for row in rows.values("external_id", "kind", "state", "remark", "fact", "reference")]

    def sweep(self, **later: float) -> list[str]:
        """This function will have every account asked for what changed, and do the jobs of that, now or later.

        Returns the names of what was done.
        """
        receive.ask_for_changes()
        return self.do_jobs(**later)

    @property
    def found_until(self) -> datetime | None:
        """Up to when the changes at the shop's account were found."""
        found: datetime | None = gateways.account(self.account_id)["changes_found_until"]
        return found

    def waiting(self) -> list[str]:
        """This function will return the kinds of messages that wait for staff."""
        return [row["kind"] for row in gateways.messages_page(states=["unmatched"]).rows]

    def clearing_agrees(self, currency: str = "EUR") -> bool:
        """This function will say whether our books and the gateway agree on what it holds for us."""
        return ledger.control_balance(GATEWAY_CLEARING, currency) == self.gateway.balance().get(currency, 0)


def _due(moment: datetime) -> Iterator[tuple[int, str, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' AND NOT task_name LIKE 'mail.%%'"
            " AND coalesce(scheduled_at, %s) <= %s ORDER BY id LIMIT 1",
            [moment, moment],
        )
        for number, name, arguments in cursor.fetchall():
            yield number, name, json.loads(arguments) if isinstance(arguments, str) else arguments
