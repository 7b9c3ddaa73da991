"""People hear of a coming invoice as many days before as they chose, once each (B3; E39)."""

from typing import Any
from uuid import UUID

import pytest

import tallystick.interfaces.jobs.registry  # noqa: F401 - the jobs register themselves
from tallystick.customers import queries as customers
from tallystick.usecases import configure, enrol, people
from tests.scenarios.conftest import at
from tests.scenarios.noticing import Noticing, notices

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Noticing:
    return Noticing()


def add(shop: Noticing, customer: UUID, name: str) -> None:
    enrol.add_contact(
        actor=shop.staff,
        at=at("2026-01-01"),
        customer_id=customer,
        name=name,
        email=f"{name.lower()}@example.com",
        is_billing=True,
    )


def choose(shop: Noticing, customer: UUID, email: str, **changes: Any) -> None:
    contact = next(each for each in customers.contacts(customer) if each.email == email)
    people.change_contact(
        actor=shop.staff, at=at("2026-01-02"), customer_id=customer, contact_id=contact.id, changes=changes
    )


def told(shop: Noticing, first: int = 1, last: int = 27) -> dict[str, list[str]]:
    """This function will let days of January pass, and return who heard on which of them."""
    heard: dict[str, list[str]] = {}
    before = {each.id for each in notices()}
    for day in range(first, last + 1):
        shop.announce(f"2026-01-{day:02}")
        fresh = [each for each in notices() if each.id not in before]
        before |= {each.id for each in fresh}
        if fresh:
            heard[f"01-{day:02}"] = sorted(each.recipient_email for each in fresh)
    return heard


def test_each_hears_when_they_chose_to_and_once(shop: Noticing) -> None:
    ida = shop.individual()
    for name in ("Ann", "Bob", "Cid"):
        add(shop, ida, name)
    choose(shop, ida, "ann@example.com", notice_days=14)
    choose(shop, ida, "bob@example.com", notice_days=3)
    choose(shop, ida, "cid@example.com", mails=["invoices"])
    shop.subscribe(ida, shop.price(), start="2026-01-28")
    assert told(shop) == {
        "01-14": ["ann@example.com"],
        "01-21": ["ida@example.com"],
        "01-25": ["bob@example.com"],
    }


def test_who_chooses_other_days_after_hearing_hears_no_second_time(shop: Noticing) -> None:
    ida = shop.individual()
    add(shop, ida, "Ann")
    choose(shop, ida, "ann@example.com", notice_days=14)
    shop.subscribe(ida, shop.price(), start="2026-01-28")
    assert told(shop, last=14) == {"01-14": ["ann@example.com"]}
    choose(shop, ida, "ann@example.com", notice_days=None)
    assert told(shop, first=15, last=22) == {"01-21": ["ida@example.com"]}
    choose(shop, ida, "ida@example.com", notice_days=10)
    choose(shop, ida, "ann@example.com", notice_days=2)
    assert told(shop, first=22) == {}


def test_the_business_bounds_what_was_chosen_and_may_switch_it_off(shop: Noticing) -> None:
    ida = shop.individual()
    choose(shop, ida, "ida@example.com", notice_days=20)
    shop.subscribe(ida, shop.price(), start="2026-01-28")
    configure.change_settings(actor=shop.staff, at=at("2026-01-02"), changes={"coming_invoice_own_days": 10})
    shop.notice_days(0)
    assert told(shop, last=19) == {}
    shop.notice_days(7)
    assert told(shop, first=17) == {"01-18": ["ida@example.com"]}


def test_nobody_hears_where_nobody_wants_to(shop: Noticing) -> None:
    ida = shop.individual()
    choose(shop, ida, "ida@example.com", mails=["invoices", "failed_payments"])
    shop.subscribe(ida, shop.price(), start="2026-01-28")
    assert told(shop) == {}
