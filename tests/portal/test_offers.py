"""After three failures a payer can promise to pay by a day, and reads how to get a later one or an early end (E22)."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.dunning.models import DunningPause
from tallystick.foundation import business, settings_store
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.payments import queries as payments
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases import collect, dunning_pauses, payment_links
from tallystick.usecases.after_failures import OWN_PROMISE_DAYS, PromiseNotOffered, offers_of, promise_own_payment
from tallystick.usecases.roles import Permission
from tests.backoffice import offers
from tests.backoffice.forms import text_of
from tests.portal.conftest import STAFF, Business, now, uid
from tests.portal.test_links import DECLINED, failed, link_to, nobody_was_here, path_of
from tests.sandbox_service import pay
from tests.trails import trail_of

__all__ = ["nobody_was_here"]

pytestmark = pytest.mark.django_db
HEADING = "Can you not pay at the moment?"


def shown(client: Client, path: str) -> str:
    """This function will return what a page says."""
    answer = client.get(path)
    assert answer.status_code == 200
    return text_of(answer)


def in_days(days: int) -> date:
    return local_date(now()) + timedelta(days=days)


def again_in_vain(payment: UUID, account: str, times: int = 1) -> UUID:
    """This function will have a failed payment tried again, so often, and declined each time."""
    told: dict[str, Any] = {"actor": STAFF, "payment_id": payment, "account_id": uid("gwa", account)}
    for _time in range(times):
        attempt = collect.retry(**told, at=now(), return_url="http://x.example")["attempts"][-1]
        pay(attempt["action_url"], DECLINED)
        collect.ask(attempt_id=uid("att", attempt["id"]), at=now())
    return payment


def failed_often(house: Business, account: str) -> tuple[UUID, str]:
    """This function will have a payment declined three times; it is returned with the path of the link in the mail."""
    payment, path = failed(house, account)
    return again_in_vain(payment, account, 2), path


def contract(house: Business, account: str) -> tuple[UUID, UUID]:
    """This function will have the first bill of a contract of a year fail three times: its customer, its payment."""
    customer = house.customer()
    price = offers.price(offers.variant(offers.product()), house.vat, 8900)
    agreed = offers.active(customer, price, contract_months=12, early_return_fee_minor=5000)
    invoice = subscriptions.periods(agreed)[0]["invoice_id"]
    shape = collect.pay(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        amounts={invoice: None},
        account_id=uid("gwa", account),
        return_url="http://x.example",
    )
    pay(shape["attempts"][-1]["action_url"], DECLINED)
    collect.ask(attempt_id=uid("att", shape["attempts"][-1]["id"]), at=now())
    return customer, again_in_vain(uid("pay", shape["id"]), account, 2)


def invoice_of(payment: UUID) -> UUID:
    found: UUID = payments.payment(payment)["invoice_id"]
    return found


def promised_of(payment: UUID) -> list[tuple[date | None, int | None, str]]:
    rows = DunningPause.objects.filter(invoice_id=invoice_of(payment)).order_by("created_at")
    return [(row.until_date, row.promised_minor, row.created_by) for row in rows]


def promise(payment: UUID, day: date, *, at: datetime | None = None, **more: Any) -> Any:
    """This function will have the payer promise to pay by a day."""
    who = Actor(
        kind="contact",
        id="jo",
        label="Jo",
        permissions=frozenset({Permission.COLLECT_PAYMENTS}),
        scope=("customer", payments.payment(payment)["customer_id"]),
    )
    return promise_own_payment(**{"actor": who, "at": at or now(), "payment_id": payment, "pay_date": day, **more})


def form(day: date) -> dict[str, str]:
    return {"pay_date": day.isoformat(), "idempotency_key": str(uuid.uuid4())}


def test_a_promise_is_made_in_the_portal_once(client: Client, house: Business, account: str) -> None:
    payment, _path = failed(house, account)
    client.force_login(house.open_portal(payments.payment(payment)["customer_id"]))
    page = reverse("portal:payment", args=[public_id("pay", payment)])
    door = reverse("portal:promise-to-pay", args=[public_id("pay", payment)])
    again_in_vain(payment, account)
    assert HEADING not in shown(client, page)
    assert client.post(door, form(in_days(3)))["Location"] == page
    assert promised_of(payment) == []
    again_in_vain(payment, account)
    words = shown(client, page)
    for said in (HEADING, "Say by which day you pay the €106.80.", "A later due date, or an early end"):
        assert said in words
    assert 'href="mailto:billing@northwind.example"' in client.get(page).content.decode()
    for wrong in ("", "soon", in_days(0).isoformat(), in_days(15).isoformat()):
        client.post(door, {"pay_date": wrong, "idempotency_key": str(uuid.uuid4())})
    assert promised_of(payment) == []
    sent = form(in_days(14))
    for _press in range(2):
        assert client.post(door, sent)["Location"] == page
    assert promised_of(payment) == [(in_days(14), 10680, "Mary O'Neill")]
    assert [each["action"] for each in trail_of(invoice_of(payment))].count("promise_to_pay") == 1
    words = shown(client, page)
    assert "We wait for your payment" in words
    assert "Say by which day" not in words
    client.post(door, form(in_days(5)))
    assert len(promised_of(payment)) == 1


def test_a_promise_is_made_by_the_link_of_what_failed(client: Client, house: Business, account: str) -> None:
    payment, path = failed_often(house, account)
    words = shown(client, path)
    assert HEADING in words
    assert "Say by which day you pay the €106.80." in words
    assert client.post(f"{path}promise/", form(in_days(4)))["Location"] == path
    number = payments.payment(payment)["description"]
    assert promised_of(payment) == [(in_days(4), 10680, f"Payment link ({number})")]
    assert "We wait for your payment" in shown(client, path)
    other = link_to(invoice_of(payment))
    assert HEADING not in shown(client, other)
    assert client.post(f"{other}promise/", form(in_days(4))).status_code == 404


def test_what_an_early_end_costs_is_read_by_who_is_signed_in_alone(
    client: Client, house: Business, account: str
) -> None:
    customer, payment = contract(house, account)
    found = offers_of(invoice_of(payment), today=local_date(now()))
    assert found is not None
    (end,) = found["ends"]
    # Nothing is used on the first day: the credit is the whole bill, and what is left is the fee with its tax.
    assert (end["preview"]["fee_total_minor"], end["preview"]["credit_total_minor"]) == (6000, 10680)
    assert (found["open_minor"], end["left_minor"], found["failures"]) == (10680, 6000, 3)
    path = path_of(payment_links.mailed_address(at=now(), payment_id=payment))
    assert "Early-return fee" not in shown(client, path)
    client.force_login(house.open_portal(customer))
    words = shown(client, reverse("portal:payment", args=[public_id("pay", payment)]))
    for said in ("If Fibre – 1 Gbit/s ended today:", "Early-return fee €60.00", "Left to pay then €60.00"):
        assert said in words
    with transaction():
        settings_store.put(business.EMAIL, "")
    settings_store.forget()
    words = shown(client, reverse("portal:payment", args=[public_id("pay", payment)]))
    assert "Reply to one of our mails." in words


def test_who_may_not_pay_promises_nothing(house: Business, account: str) -> None:
    payment, _path = failed_often(house, account)
    customer = payments.payment(payment)["customer_id"]
    for scope, permission, error in (
        (customer, Permission.VIEW, NotAllowed),
        (house.customer("Somebody Else"), Permission.COLLECT_PAYMENTS, NotFound),
    ):
        may, of = frozenset({permission}), ("customer", scope)
        with pytest.raises(error):
            promise(payment, in_days(3), actor=Actor(kind="contact", id="1", label="Al", permissions=may, scope=of))
    assert promised_of(payment) == []


def test_a_promise_that_was_broken_is_the_last(house: Business, account: str) -> None:
    payment, _path = failed_often(house, account)
    promise(payment, in_days(2))
    with pytest.raises(PromiseNotOffered):
        promise(payment, in_days(3), at=now() + timedelta(days=2))
    later = now() + timedelta(days=3)
    with pytest.raises(PromiseNotOffered):
        promise(payment, in_days(5), at=later)
    # Staff may note another one all the same; what the payer itself may is unchanged when it is over.
    told: dict[str, Any] = {"actor": STAFF, "at": later, "invoice_id": invoice_of(payment)}
    dunning_pauses.promise_to_pay(**told, pay_date=in_days(4))
    dunning_pauses.resume_invoice(**told)
    with pytest.raises(PromiseNotOffered):
        promise(payment, in_days(5), at=later)
    assert len(promised_of(payment)) == 2


def test_a_promise_that_staff_ended_before_its_day_was_not_broken(house: Business, account: str) -> None:
    payment, _path = failed_often(house, account)
    promise(payment, in_days(3))
    dunning_pauses.resume_invoice(actor=STAFF, at=now() + timedelta(days=1), invoice_id=invoice_of(payment))
    promise(payment, in_days(6), at=now() + timedelta(days=5))
    assert [day for day, _minor, _by in promised_of(payment)] == [in_days(3), in_days(6)]


def test_a_pause_by_staff_is_not_replaced(house: Business, account: str) -> None:
    payment, _path = failed_often(house, account)
    told: dict[str, Any] = {"actor": STAFF, "at": now(), "invoice_id": invoice_of(payment)}
    dunning_pauses.pause_invoice(**told, reason="Is looked into")
    with pytest.raises(PromiseNotOffered):
        promise(payment, in_days(3))
    assert promised_of(payment) == [(None, None, "Ada")]


def test_the_business_says_whether_and_for_how_long(house: Business, account: str) -> None:
    payment, _path = failed_often(house, account)
    for days, error in ((2, InvalidField), (0, PromiseNotOffered)):
        with transaction():
            settings_store.put(OWN_PROMISE_DAYS, days)
        settings_store.forget()
        with pytest.raises(error):
            promise(payment, in_days(3))
    assert promised_of(payment) == []


def test_a_payment_of_several_invoices_is_promised_by_none(client: Client, house: Business, account: str) -> None:
    payment, path = failed(house, account, several=True)
    again_in_vain(payment, account, 2)
    assert HEADING not in shown(client, path)
    with pytest.raises(PromiseNotOffered):
        promise(payment, in_days(3))
