"""After three failures the pages of the payment and of its customer say what can be offered (E22)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.payments import queries as payments
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases import collect
from tallystick.usecases.after_failures import promise_own_payment
from tallystick.usecases.roles import Permission
from tests.backoffice import offers
from tests.backoffice.business import SYSTEM, Business, uid
from tests.backoffice.forms import Signed, done, text_of, url
from tests.sandbox_service import SandboxService, pay, running_sandbox

pytestmark = pytest.mark.django_db
DECLINED = "4000000000009995"
# A customer, its subscription and the payment that failed.
Failing = tuple[UUID, UUID, UUID]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxService]:
    """The payment service."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as served:
        yield served


@pytest.fixture
def failing(business: Business, sandbox: SandboxService) -> Failing:
    """A contract of a year whose first bill failed three times."""
    customer = business.customer()
    agreed = offers.active(customer, offers.one_price(business), contract_months=12, early_return_fee_minor=5000)
    invoice = subscriptions.periods(agreed)[0]["invoice_id"]
    account = business.gateway(sandbox)
    payment = business.card_payment(customer, invoice, account, DECLINED)
    for _try in range(2):
        at = datetime.now(tz=UTC)
        shape = collect.retry(
            actor=SYSTEM, at=at, payment_id=payment, account_id=account, return_url="http://localhost:1"
        )
        pay(shape["attempts"][-1]["action_url"], DECLINED)
        collect.ask(attempt_id=uid(shape["attempts"][-1]["id"]), at=at + timedelta(seconds=1))
    return customer, agreed, payment


def pages(client: Client, customer: UUID, payment: UUID) -> list[str]:
    """This function will return what the pages of a payment and its customer say."""
    addresses = (url("payment", public_id("pay", payment)), url("customer", public_id("cus", customer)))
    return [text_of(client.get(address)) for address in addresses]


def test_both_pages_warn_and_say_what_each_offer_is(as_role: Signed, failing: Failing) -> None:
    customer, agreed, payment = failing
    number = subscriptions.subscription(agreed)["number"]
    for seen in pages(as_role("Finance"), customer, payment):
        for said in (
            "Several payments failed",
            "was tried 3 times in vain. The customer may not be able to afford it.",
            "New due date",
            "Promise to pay",
            "Early-return fee 60.00 EUR",
            "Credit for unused days \N{MINUS SIGN}106.80 EUR",
            "Left to pay then 60.00 EUR",
            f"End {number} early",
        ):
            assert said in seen
    # Support may agree on a day, and reads what an end costs, which it may not order.
    for seen in pages(as_role("Support"), customer, payment):
        assert "Early-return fee 60.00 EUR" in seen
        assert f"End {number} early" not in seen
    for seen in pages(as_role("Read-only"), customer, payment):
        assert "Several payments failed" in seen
        assert "New due date" not in seen


def test_what_is_agreed_and_promised_is_said_with_who_did(as_role: Signed, failing: Failing) -> None:
    customer, _agreed, payment = failing
    invoice, at = payments.payment(payment)["invoice_id"], datetime.now(tz=UTC)
    who = Actor(
        kind="contact",
        id="jo",
        label="Mary O'Neill",
        permissions=frozenset({Permission.COLLECT_PAYMENTS}),
        scope=("customer", customer),
    )
    promise_own_payment(actor=who, at=at, payment_id=payment, pay_date=(at + timedelta(days=5)).date())
    support, page = as_role("Support"), url("invoice", public_id("inv", invoice))
    for seen in (*pages(support, customer, payment), text_of(support.get(page))):
        assert "Promised, and waited for: " in seen
        assert "Mary O'Neill" in seen
    later = (at + timedelta(days=40)).date()
    done(support, url("invoice-due-date", public_id("inv", invoice)), {"due_date": later.isoformat(), "note": ""})
    assert payments.payment(payment)["due_date"] == later
    assert "New due date agreed" in pages(support, customer, payment)[0]


def test_two_failures_are_not_enough(as_role: Signed, business: Business, sandbox: SandboxService) -> None:
    customer = business.customer()
    payment = business.card_payment(customer, business.invoice(customer), business.gateway(sandbox), DECLINED)
    for seen in pages(as_role("Finance"), customer, payment):
        assert "Several payments failed" not in seen
