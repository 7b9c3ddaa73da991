"""Short ways to tell stories of autopay: cards that are stored, what a payer agrees to, and runs on days to come."""

import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

from procrastinate.contrib.django import app

from tallystick.catalog import operations as catalog
from tallystick.correspondence.models import Message
from tallystick.foundation import clock, settings_store
from tallystick.foundation.transactions import transaction
from tallystick.payments import queries as payments
from tallystick.payments.autopay_models import AutopayAgreement
from tallystick.payments.terms import terms_hash
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases import autopay, autopay_run, payment_links, subscribe
from tests.sandbox_service import shape
from tests.scenarios.conftest import uid
from tests.stored_cards import stored_card
from tests.usecases.shop import VISA, YESTERDAY, Shop, at

TERMS = terms_hash(autopay.TERMS.default)
CHALLENGE_OFF_SESSION = "4000002500003155"


def in_days(days: int) -> date:
    """This function will return the local date so many days from now."""
    return datetime.now(tz=UTC).date() + timedelta(days=days)


def card(shop: Shop, customer: UUID, number: str = VISA) -> UUID:
    """This function will store a card of the customer, without any payment, and return the method."""
    return stored_card(customer, shop.account_id, token=shop.merchant.stored_card(number), last_four=number[-4:])


def agree(shop: Shop, customer: UUID, **agreed: Any) -> dict[str, Any]:
    """This function will have the payer agree to autopay: by the default card, on the due date, up to any amount."""
    arguments = {"actor": shop.staff, "at": at(), "terms_sha256": TERMS, "evidence": "Signed form"}
    return dict(autopay.agree(customer_id=customer, **{**arguments, **agreed}))


def subscriber(shop: Shop, number: str = VISA, **agreed: Any) -> tuple[UUID, UUID]:
    """This function will enrol a customer who agreed to autopay with a card, and return both."""
    customer = shop.customer(day=YESTERDAY)
    method = card(shop, customer, number)
    agree(shop, customer, **agreed)
    return customer, method


def behave(shop: Shop, method: UUID, behaviour: str) -> None:
    """This function will let a stored card decline, or be good again, from now on."""
    token, _account = payments.method_token(method, of_customer=payments.method(method)["customer_id"])
    shape(shop.merchant.post(f"/v1/test/tokens/{token}/behave", {"behaviour": behaviour}))


def run(shop: Shop, **later: float) -> int:
    """This function will run autopay at this moment or later, and do the jobs of that; how many payments were found."""
    told_alike(clock.local_date(at(**later)))
    found = autopay_run.run(at=at(**later))
    shop.do_jobs(**later)
    return found


def told_alike(today: date) -> None:
    """This function will look that what is charged of each payer, put together, is what is charged one by one."""
    for agreed in AutopayAgreement.objects.filter(ended_at=None).values():
        payer, each, together = agreed["customer_id"], Counter[Any](), Counter[Any]()
        for one in autopay_run.charges_of(payer):
            if one.why_not is None and one.charge_date is not None:
                key = (max(one.charge_date, today), one.payment.currency, one.payment.next_try_date)
                each[key, "count"] += 1
                each[key, "minor"] += one.payment.open_minor
        for charge, alike in autopay_run.planned(
            payer, autopay_run.ways_of({payer: agreed}), today=today, until=today, first=1
        ):
            assert charge.charge_date is not None
            key = (max(charge.charge_date, today), charge.payment.currency, charge.payment.next_try_date)
            together[key, "count"] += alike.count
            together[key, "minor"] += alike.minor
        assert together == each


def write_mails(*names: str, **later: float) -> None:
    """This function will write the mails that wait, of the named jobs."""
    from django.db import connection

    moment = at(**later)
    with connection.cursor() as cursor, patch.object(clock, "now", lambda: moment):
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE status = 'todo' AND task_name = ANY(%s)"
            " RETURNING task_name, args",
            [list(names)],
        )
        for name, arguments in cursor.fetchall():
            app.tasks[name].func(**(json.loads(arguments) if isinstance(arguments, str) else arguments))


def letters(kind: str) -> list[Message]:
    """This function will return the mails of a kind, the oldest first."""
    return list(Message.objects.filter(kind=kind).order_by("created_at", "id"))


def paid_by_link(letter: Message) -> UUID | None:
    """This function will return the payment that the address in a mail opens without signing in."""
    (token,) = re.findall(r"https?://\S+/([\w-]+)/\n", letter.text_body)
    found = payment_links.opened(token=token, at=at())
    return None if found is None else found.link["payment_id"]


def tries(payment_id: UUID) -> list[tuple[str, str]]:
    """This function will return state and decline code of each try of a payment, the oldest first."""
    return [(each["state"], each["decline_code"]) for each in payments.attempts(payment_id)]


def subscription(shop: Shop, customer: UUID, *, collection: str) -> UUID:
    """This function will activate a monthly subscription that began yesterday, and return its first invoice."""
    with transaction():
        product = catalog.add_product(name=f"Laptop rental {uuid4().hex}", description="", at=at())
        variant = catalog.add_variant(product_id=product, name="Pro", cost_minor=None, cost_currency="", at=at())
        price = catalog.add_price(
            variant_id=variant,
            currency="EUR",
            frequency="monthly",
            amount_minor=8900,
            includes_tax=False,
            tax_rate_id=shop.vat,
            at=at(),
        )
    asked: dict[str, Any] = {"actor": shop.staff, "at": at()}
    draft = subscribe.create_subscription(
        **asked,
        customer_id=customer,
        price_id=price,
        start_date=date.fromisoformat(YESTERDAY),
        collection=collection,
    )
    subscription_id = uid("sub", draft["id"])
    subscribe.activate_subscription(**asked, subscription_id=subscription_id)
    (invoice,) = subscriptions.invoice_ids(subscription_id)
    return invoice


def plan(*days: int) -> None:
    """This function will have declined charges tried again after so many days."""
    from tallystick.payments.retry_plan import RETRY_DAYS

    with transaction():
        settings_store.put(RETRY_DAYS, list(days))
