"""Limits against card testing (E41, S101): who tries card after card is slowed down, then stopped for a time."""

import uuid
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from tallystick.correspondence.models import Message
from tallystick.foundation import settings_store
from tallystick.foundation.ids import new_id, public_id
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.jobs import mail
from tallystick.interfaces.jobs import payments as jobs_of_payments
from tallystick.payments import card_tries
from tallystick.payments.card_tries import CardTriesSlowed, CardTriesStopped
from tallystick.payments.models import Attempt, CardTry, MethodSetup, Payment
from tallystick.usecases import collect, configure, method_setups, payment_links
from tallystick.usecases.enrol import contact_actor
from tests.backoffice.business import member
from tests.portal.conftest import STAFF, Business, form_of, now, uid
from tests.portal.test_method_setups import returned
from tests.sandbox_service import pay
from tests.stored_cards import stored_card

pytestmark = pytest.mark.django_db

DECLINED = "4000000000000002"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def nobody_was_here(db: None) -> None:
    """What is sent through links is counted for each address as well; every story begins at none."""
    cache.clear()


def begun(customer: UUID, at: datetime, *, address: str = "") -> UUID:
    """This function will begin a try with a new card, and return what it is about."""
    about = new_id()
    with transaction():
        card_tries.begin(about, customer_id=customer, address=address, at=at)
    return about


def failed(customer: UUID, at: datetime, *, address: str = "") -> card_tries.Stop | None:
    """This function will try a new card that does not work."""
    about = begun(customer, at, address=address)
    with transaction():
        return card_tries.fail(about, at=at)


def minutes_left(customer: UUID, at: datetime, *, address: str = "") -> int:
    """This function will return for how long a customer is stopped; 0 when they are not."""
    before = CardTry.objects.count()
    try:
        with transaction():
            card_tries.begin(new_id(), customer_id=customer, address=address, at=at)
            CardTry.objects.latest("id").delete()
    except CardTriesStopped as stop:
        assert CardTry.objects.count() == before
        return stop.minutes
    return 0


def test_two_declines_hinder_nobody_the_third_is_waited_for_and_the_sixth_stops_for_an_hour(house: Business) -> None:
    customer, at = house.customer(), now()
    for _ in range(2):
        assert failed(customer, at) is None
    assert failed(customer, at) is None
    with pytest.raises(CardTriesSlowed) as slowed:
        failed(customer, at + timedelta(seconds=20))
    assert slowed.value.seconds == 40
    for number in (1, 2):
        assert failed(customer, at + number * MINUTE) is None
    last = at + 10 * MINUTE
    assert failed(customer, last) == card_tries.Stop(tries=6, until=last + timedelta(hours=1))
    assert minutes_left(customer, last) == 60
    assert minutes_left(customer, last + timedelta(minutes=59, seconds=30)) == 1
    assert minutes_left(customer, last + timedelta(hours=1)) == 0
    assert minutes_left(house.customer("Somebody Else"), last) == 0


def test_tries_that_are_far_apart_or_succeed_do_not_count(house: Business) -> None:
    customer, at = house.customer(), now()
    for number in range(12):
        assert failed(customer, at + number * 15 * MINUTE) is None
    other = house.customer("Somebody Else")
    for number in range(30):
        about = begun(other, at + number * timedelta(seconds=1))
        with transaction():
            card_tries.forget(about)
    assert not CardTry.objects.filter(customer_id=other).exists()


def test_what_no_limit_counts_any_more_is_forgotten_though_nobody_comes_back(house: Business) -> None:
    # It holds who tried, and a hash of where from.
    customer, at = house.customer(), now()
    failed(customer, at - timedelta(hours=49), address="here")
    recent = begun(customer, at - timedelta(hours=47))
    jobs_of_payments.forget_card_tries()
    assert [each.about for each in CardTry.objects.all()] == [recent]


def test_many_customers_from_one_address_are_stopped_too_and_many_that_are_begun_at_once(house: Business) -> None:
    at = now()
    for number in range(6):
        customer = house.customer(f"Customer {number}")
        for _ in range(2):
            failed(customer, at, address="here")
    assert minutes_left(house.customer("One"), at, address="here") == 0
    for number in range(3):
        customer = house.customer(f"More {number}")
        stops = [failed(customer, at, address="here") for _ in range(2)]
    assert stops[-1] is not None
    assert stops[-1].tries == 18
    assert minutes_left(house.customer("Two"), at, address="here") == 60
    assert minutes_left(house.customer("Three"), at, address="there") == 0

    eager = house.customer("Eager")
    for _ in range(18):
        begun(eager, at)
    assert minutes_left(eager, at) == 60


def test_the_business_sets_the_limits_within_bounds(house: Business) -> None:
    told: dict[str, Any] = {"actor": STAFF, "at": now()}
    for changes in (
        {"card_tries_most": 3},
        {"card_tries_most": 21},
        {"card_tries_minutes": 14},
        {"card_tries_most": "9"},
    ):
        with pytest.raises(settings_store.SettingNotAccepted):
            configure.change_settings(**told, changes=changes)
    configure.change_settings(**told, changes={"card_tries_most": 4, "card_tries_minutes": 15})
    customer, at = house.customer(), now()
    for number in range(4):
        stop = failed(customer, at + number * MINUTE)
    assert stop == card_tries.Stop(tries=4, until=at + 18 * MINUTE)


def acting(house: Business, customer: UUID) -> Actor:
    actor = contact_actor(house.open_portal(customer).id)
    assert actor is not None
    return actor


def a_while_later() -> None:
    """This function will let two minutes pass over what was counted."""
    back = timedelta(minutes=2)
    CardTry.objects.update(begun_at=F("begun_at") - back, failed_at=F("failed_at") - back)


def test_staff_and_stored_cards_are_not_held_back(house: Business, account: str) -> None:
    customer, account_id = house.customer(), uid("gwa", account)
    actor, at = acting(house, customer), now()
    for number in range(6):
        failed(customer, at + (number - 10) * MINUTE)
    invoice = house.invoice(customer)
    told: dict[str, Any] = {
        "at": at,
        "customer_id": customer,
        "account_id": account_id,
        "return_url": "http://x.example",
    }
    before = traces()
    with pytest.raises(CardTriesStopped):
        collect.pay(**told, actor=actor, amounts={invoice: None})
    with pytest.raises(CardTriesStopped):
        method_setups.begin_setup(**told, actor=actor)
    assert traces() == before
    assert method_setups.begin_setup(**told, actor=STAFF)["state"] == "action_required"
    card = stored_card(customer, account_id)
    with_it = collect.pay(**told, actor=actor, amounts={invoice: None}, method_id=card)
    assert len(with_it["attempts"]) == 1
    assert collect.pay(**told, actor=STAFF, amounts={house.invoice(customer): None})["status"] == "processing"


def test_adding_paying_and_links_count_together_and_say_what_is_the_matter(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    configure.change_settings(actor=STAFF, at=now(), changes={"card_tries_most": 4})
    staff = member("Finance")
    link = path_of(house.invoice(customer))
    chosen = form_of(house.invoice(customer), method=account)
    order = {"method": account, "total": "10680", "idempotency_key": str(uuid.uuid4())}
    for _ in range(2):
        setup = client.post("/portal/methods/add/", {"account": account})
        returned(client, pay(setup["Location"], DECLINED))
    for path, form in (("/portal/pay/", chosen), (link, order)):
        a_while_later()
        sent = client.post(path, form)
        assert sent.status_code == 302, "one decline or two hinder nobody, and a third only for a minute"
        returned(client, pay(sent["Location"], DECLINED))
    assert CardTry.objects.filter(customer_id=customer).exclude(failed_at=None).count() == 4

    a_while_later()
    other = house.invoice(customer)
    before = traces()
    again = {"idempotency_key": str(uuid.uuid4())}
    for path, form in (
        ("/portal/methods/add/", {"account": account}),
        ("/portal/pay/", form_of(other, method=account)),
        (link, order | again),
    ):
        page = client.post(path, form)
        assert page.status_code == 422, path
        assert "so no other card can be tried here for 58 minutes. Nothing was taken." in page.content.decode(), path
    assert traces() == before

    told = AuditEntry.objects.get(action="stop_card_tries")
    assert (told.object_id, told.after) == (customer, {"card_tries": 4, "minutes": 60})
    [job] = ProcrastinateJob.objects.filter(task_name="mail.card_tries_stopped")
    for _ in range(2):
        mail.card_tries_stopped(**job.args)
    message = Message.objects.get(kind="card_tries_stopped")
    assert message.recipient_email == staff.email
    assert f"/office/customers/{public_id('cus', customer)}/" in message.text_body
    assert "for 60 minutes" in message.text_body


def path_of(invoice: UUID) -> str:
    """This function will make a link to an invoice and return its path."""
    shape = payment_links.make_payment_link(actor=STAFF, at=now(), invoice_id=invoice)
    return urlsplit(payment_links.address_of(uid("plk", shape["id"]))).path


def traces() -> list[int]:
    """This function will count what a try leaves behind."""
    return [model.objects.count() for model in (Payment, Attempt, MethodSetup, CardTry)]
