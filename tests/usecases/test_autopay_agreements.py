"""Automatic payment is agreed, changed and ended by payers who may, and told to those who chose to hear of it (C13)."""

from typing import Any

import pytest

from tallystick.customers.mails import ALL_MAILS, Mail
from tallystick.customers.queries import contacts
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.payments import autopay_queries
from tallystick.payments.autopay import CapNotAccepted, ChargeDayNotAccepted, NoMethodToCharge
from tallystick.usecases import (
    autopay,
    configure,
    enrol,
    methods,
    people,
)
from tallystick.usecases.roles import Permission
from tests.trails import trail_of
from tests.usecases.autopay_stories import (
    TERMS,
    agree,
    card,
    letters,
    run,
    subscriber,
    write_mails,
)
from tests.usecases.shop import YESTERDAY, Shop, at

pytestmark = pytest.mark.django_db


def contact_of(customer: Any, *permissions: Permission) -> Actor:
    """This function will return a contact of a customer with some permissions."""
    return Actor(kind="contact", id="jo", label="Jo", permissions=frozenset(permissions), scope=("customer", customer))


def test_autopay_is_agreed_in_the_words_of_now_and_all_contacts_get_them(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    method = card(shop, customer)
    jo = contact_of(customer, Permission.MANAGE_AUTOPAY)
    shape = autopay.agree(
        actor=jo,
        at=at(),
        customer_id=customer,
        terms_sha256=TERMS,
        method_id=method,
        charge_day=5,
        cap_minor=50000,
        cap_currency="EUR",
    )
    assert (shape["is_on"], shape["charge_day"], shape["cap_minor"], shape["cap_currency"]) == (True, 5, 50000, "EUR")
    assert (shape["accepted_by"], shape["accepted_through"], shape["evidence"]) == ("Jo", "contact", "")
    assert shape["accepted_terms"] == {"text": autopay.TERMS.default, "sha256": TERMS}
    write_mails("mail.autopay_agreed")
    (letter,) = letters("autopay_agreed")
    for fact in ("Visa •••• 4242", "on day 5 of the month", "€500.00", "Jo", autopay.TERMS.default):
        assert fact in letter.text_body
    told = trail_of(customer)[-1]
    assert (told["action"], told["before"], told["after"]) == ("agree_autopay", None, shape)

    configure.change_settings(actor=shop.staff, at=at(), changes={"autopay_terms": "Other words."})
    with pytest.raises(InvalidField, match="changed meanwhile"):
        agree(shop, customer)
    assert autopay_queries.agreement(customer) is not None, "what was accepted holds in its own words"


def test_a_change_is_an_agreement_of_its_own_and_the_one_before_is_kept(shop: Shop) -> None:
    customer, _ = subscriber(shop)
    agree(shop, customer, charge_day=31)
    now = autopay_queries.agreement(customer)
    assert now is not None
    (before,) = autopay_queries.past_agreements(customer)
    assert (now["charge_day"], before["charge_day"], before["ended_by"]) == (31, None, "Ada")
    write_mails("mail.autopay_agreed")
    assert len(letters("autopay_agreed")) == 1, "of two changes in a row the last is told"


def test_autopay_ends_at_once_and_the_payer_is_told(shop: Shop) -> None:
    customer, _ = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    jo = contact_of(customer, Permission.MANAGE_AUTOPAY)
    assert autopay.end(actor=jo, at=at(), customer_id=customer)["is_on"] is False
    assert run(shop) == 0
    write_mails("mail.autopay_ended")
    (letter,) = letters("autopay_changed")
    assert "Automatic payment has ended" in letter.subject
    assert autopay.end(actor=jo, at=at(), customer_id=customer)["is_on"] is False
    assert len(shop.mails("mail.autopay_ended")) == 1, "it can end once"
    assert shop.standing(invoice) == ("issued", 10680)


def test_what_is_agreed_goes_to_those_who_chose_to_hear_of_it(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    by: dict[str, Any] = {"actor": shop.staff, "at": at(), "customer_id": customer}
    enrol.add_contact(**by, name="Al", email="al@example.com")
    (jo,) = (each for each in contacts(customer) if each.email != "al@example.com")
    first, second = card(shop, customer), card(shop, customer)

    def told(job: str, kind: str) -> list[str]:
        before = {each.id for each in letters(kind)}
        write_mails(job)
        return sorted(each.recipient_email for each in letters(kind) if each.id not in before)

    agree(shop, customer, method_id=first)
    assert told("mail.autopay_agreed", "autopay_agreed") == sorted(["al@example.com", jo.email])
    chosen = [mail for mail in ALL_MAILS if mail is not Mail.FAILED_PAYMENTS]
    people.change_contact(**by, contact_id=jo.id, changes={"mails": chosen})
    agree(shop, customer, method_id=second)
    assert told("mail.autopay_agreed", "autopay_agreed") == ["al@example.com"]
    methods.remove(actor=shop.staff, at=at(), method_id=second)
    assert told("mail.autopay_method", "autopay_changed") == ["al@example.com"]
    autopay.end(**by)
    assert told("mail.autopay_ended", "autopay_changed") == ["al@example.com"]


def test_refusals_leave_no_trace(shop: Shop) -> None:
    customer, other = shop.customer(day=YESTERDAY), shop.customer("Other Ltd", day=YESTERDAY)
    with pytest.raises(NoMethodToCharge):
        agree(shop, customer)
    card(shop, customer)
    foreign = card(shop, other)
    may = Permission.MANAGE_AUTOPAY
    refusals: list[tuple[type[Exception], dict[str, Any]]] = [
        (NotAllowed, {"actor": contact_of(customer, Permission.COLLECT_PAYMENTS)}),
        (NotFound, {"actor": contact_of(other, may)}),
        (NotFound, {"method_id": foreign}),
        (InvalidField, {"terms_sha256": "0" * 64}),
        (InvalidField, {"evidence": " "}),
        (InvalidField, {"evidence": "x" * 201}),
        (InvalidField, {"evidence": "card 4242 4242 4242 4242"}),
        (InvalidField, {"cap_minor": 100, "cap_currency": "XXX"}),
        (InvalidField, {"cap_minor": 100}),
        (CapNotAccepted, {"cap_minor": 0, "cap_currency": "EUR"}),
        (CapNotAccepted, {"cap_minor": -5, "cap_currency": "EUR"}),
        (ChargeDayNotAccepted, {"charge_day": 0}),
        (ChargeDayNotAccepted, {"charge_day": 32}),
    ]
    for error, changes in refusals:
        with pytest.raises(error):
            agree(shop, customer, **changes)
    with pytest.raises(NotFound):
        agree(shop, foreign)
    with pytest.raises(NotAllowed):
        autopay.end(actor=contact_of(customer, Permission.VIEW), at=at(), customer_id=customer)
    with pytest.raises(NotFound):
        autopay.end(actor=contact_of(other, may), at=at(), customer_id=customer)
    assert autopay_queries.agreement(customer) is None
    assert autopay_queries.past_agreements(customer) == []
    assert "agree_autopay" not in {entry["action"] for entry in trail_of(customer)}
    assert shop.mails("mail.autopay_agreed") == []
