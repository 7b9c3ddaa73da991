"""Stored cards: the default one, those that are removed, and what becomes of autopay then."""

from datetime import date
from typing import Any

import pytest

from tallystick.customers import people
from tallystick.customers import queries as customers
from tallystick.foundation.errors import NotAllowed, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.payments import autopay_queries
from tallystick.payments import methods as room
from tallystick.payments import queries as payments
from tallystick.usecases import autopay_run, enrol, methods, notify_methods
from tallystick.usecases.autopay_run import NotCharged
from tallystick.usecases.roles import Permission
from tests.trails import trail_of
from tests.usecases.autopay_stories import agree, behave, card, letters, run, subscriber, tries, write_mails
from tests.usecases.shop import YESTERDAY, Shop, at

pytestmark = pytest.mark.django_db

MASTERCARD = "5555555555554444"
AMEX = "378282246310005"


def stored(shop: Shop, customer: Any) -> list[tuple[Any, bool]]:
    """This function will return a customer's cards and whether each is the default, the default first."""
    return [(row["id"], row["is_default"]) for row in payments.methods(customer)]


def remove(shop: Shop, method: Any, **more: Any) -> dict[str, Any]:
    """This function will have staff remove a card."""
    return dict(methods.remove(**{"actor": shop.staff, "at": at(), "method_id": method, **more}))


def test_the_default_is_one_and_can_be_another(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    first, second = card(shop, customer), card(shop, customer, MASTERCARD)
    assert stored(shop, customer) == [(first, True), (second, False)]
    shape = methods.make_default(actor=shop.staff, at=at(), method_id=second)
    assert (shape["is_default"], shape["last_four"], shape["state"]) == (True, "4444", "usable")
    assert stored(shop, customer) == [(second, True), (first, False)]
    methods.make_default(actor=shop.staff, at=at(), method_id=second)
    told = [entry["action"] for entry in trail_of(customer)]
    assert told.count("make_method_default") == 1, "a second time changes nothing"


def test_autopay_without_a_named_card_follows_the_default(shop: Shop) -> None:
    customer, first = subscriber(shop)
    second = card(shop, customer, MASTERCARD)
    methods.make_default(actor=shop.staff, at=at(), method_id=second)
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]
    assert run(shop) == 1
    assert [each["method_id"] for each in payments.attempts(expected)] == [second]
    assert first != second


def test_a_removed_card_is_charged_no_more_and_the_newest_becomes_the_default(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    first, second, third = (card(shop, customer, number) for number in ("4242424242424242", MASTERCARD, AMEX))
    shape = remove(shop, first)
    assert (shape["last_four"], shape["is_default"]) == ("4242", True), "as it was"
    assert stored(shop, customer) == [(third, True), (second, False)]
    assert shop.mails("mail.autopay_method") == shop.mails("mail.autopay_ended") == [], "nobody agreed to anything"
    told = trail_of(customer)[-1]
    assert (told["action"], told["before"]["last_four"]) == ("remove_method", "4242")
    for act in (methods.remove, methods.make_default):
        with pytest.raises(NotFound):
            act(actor=shop.staff, at=at(), method_id=first)
    with pytest.raises(NotFound):
        shop.collect(customer, shop.invoice(customer), method_id=first)


def test_who_may_manage_methods_hears_of_a_removal_once_and_cannot_choose_not_to(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    told: dict[str, Any] = {"actor": shop.staff, "at": at(), "customer_id": customer}
    for name, rights in (("keeper", ["view", "manage_methods"]), ("payer", ["view", "pay"])):
        enrol.add_contact(**told, name=name, email=f"{name}@example.com", rights=rights, is_billing=True)
    keeper, payer = (each for each in customers.contacts(customer) if each.name in {"keeper", "payer"})
    with transaction():
        people.change_contact(keeper.id, {"mails": []})
    method = card(shop, customer)
    remove(shop, method)
    write_mails("mail.method_removed")
    write_mails("mail.method_removed")
    told_again: dict[str, Any] = {"by_contact_id": payer.id, "at": at()}
    assert notify_methods.write_removed(method_id=method, **told_again) == 1, "who did it hears of it, too"
    assert notify_methods.write_removed(method_id=method, **told_again) == 0, "once"
    told_people = [each.recipient_email for each in letters("method_removed")]
    assert told_people == ["acme.corp@example.com", "keeper@example.com", "payer@example.com"]
    assert notify_methods.write_removed(method_id=card(shop, customer, MASTERCARD), **told_again) == 0, "it is stored"


def test_where_nobody_may_manage_methods_the_customers_people_hear_of_it_all_the_same(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    with transaction():
        for each in customers.contacts(customer):
            people.change_contact(each.id, {"rights": ["view"]})
    remove(shop, card(shop, customer))
    write_mails("mail.method_removed")
    assert len(letters("method_removed")) == len(customers.contacts(customer)) > 0


def test_of_the_cards_that_are_left_one_that_can_be_charged_becomes_the_default(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    first, good, refused = (card(shop, customer, number) for number in ("4242424242424242", MASTERCARD, AMEX))
    with transaction():
        room.note_refusal(refused, "stolen_card")
    assert payments.next_default(customer, without=first) == good
    assert payments.next_default(customer, without=good) == first, "the default stays the default"
    remove(shop, first)
    assert stored(shop, customer) == [(good, True), (refused, False)]


def test_autopay_goes_on_with_the_default_when_its_card_is_removed_and_the_payer_is_told(shop: Shop) -> None:
    customer, first = subscriber(shop)
    second = card(shop, customer, MASTERCARD)
    agree(shop, customer, method_id=second)
    remove(shop, second)
    write_mails("mail.autopay_method")
    (letter,) = letters("autopay_changed")
    assert "From now on we charge your default payment method." in letter.text_body
    assert "Charged to: Visa •••• 4242" in letter.text_body
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]
    assert run(shop) == 1
    assert [each["method_id"] for each in payments.attempts(expected)] == [first]


def test_removing_a_card_that_autopay_does_not_charge_tells_nobody(shop: Shop) -> None:
    customer, _ = subscriber(shop)
    remove(shop, card(shop, customer, MASTERCARD))
    assert shop.mails("mail.autopay_method") == shop.mails("mail.autopay_ended") == []
    assert autopay_queries.agreement(customer) is not None


def test_autopay_ends_when_the_last_card_is_removed_and_the_payer_is_told(shop: Shop) -> None:
    customer, method = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]
    behave(shop, method, "insufficient_funds")
    run(shop)
    assert payments.payment(expected)["next_try_date"] is not None
    remove(shop, method)
    assert (autopay_queries.agreement(customer), stored(shop, customer)) == (None, [])
    assert payments.payment(expected)["next_try_date"] is None
    write_mails("mail.autopay_ended")
    (letter,) = letters("autopay_changed")
    assert "Your last stored payment method was removed" in letter.text_body
    assert [entry["action"] for entry in trail_of(customer)][-2:] == ["remove_method", "end_autopay"]
    assert run(shop, days=1) == 0
    assert len(tries(expected)) == 1


def test_a_card_that_is_removed_since_the_payment_was_found_is_not_charged(shop: Shop) -> None:
    customer, first = subscriber(shop)
    second = card(shop, customer, MASTERCARD)
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]
    assert autopay_run.run(at=at()) == 1
    remove(shop, first)
    shop.do_jobs()
    assert [each["method_id"] for each in payments.attempts(expected)] == [second]

    other, only = subscriber(shop)
    left = shop.invoice(other, day=YESTERDAY)
    assert autopay_run.run(at=at()) == 1
    remove(shop, only)
    shop.do_jobs()
    assert (shop.standing(left), shop.charges()) == (("issued", 10680), [10680])
    assert autopay_run.charge(payment_id=shop.expected_payment(left)["id"], at=at()) is NotCharged.ENDED


def test_refusals_leave_no_trace(shop: Shop) -> None:
    customer, other = shop.customer(day=YESTERDAY), shop.customer("Other Ltd", day=YESTERDAY)
    first, second = card(shop, customer), card(shop, customer, MASTERCARD)
    may, scope = frozenset({Permission.MANAGE_METHODS}), ("customer", other)
    stranger = Actor(kind="contact", id="1", label="Al", permissions=may, scope=scope)
    viewer = Actor(
        kind="contact", id="2", label="Jo", permissions=frozenset({Permission.VIEW}), scope=("customer", customer)
    )
    before = trail_of(customer)
    for act in (methods.remove, methods.make_default):
        for error, who in ((NotFound, stranger), (NotAllowed, viewer)):
            with pytest.raises(error):
                act(actor=who, at=at(), method_id=second)
        with pytest.raises(NotFound):
            act(actor=shop.staff, at=at(), method_id=customer)
    assert stored(shop, customer) == [(first, True), (second, False)]
    assert trail_of(customer) == before


@pytest.mark.parametrize(
    ("today", "state"),
    [("2026-10-31", "usable"), ("2026-11-01", "expiring"), ("2026-12-31", "expiring"), ("2027-01-01", "expired")],
)
def test_a_card_is_good_until_the_end_of_its_last_month(today: str, state: str) -> None:
    row = {"expiry_month": 12, "expiry_year": 2026, "refused_code": ""}
    day = date.fromisoformat(today)
    assert payments.method_state(row, today=day) == state
    assert payments.method_state({**row, "refused_code": "stolen_card"}, today=day) == "refused"
