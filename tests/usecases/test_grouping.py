"""Billing groups: the form of E27, members by date, and what is refused (`docs/model.md`, 28)."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tallystick.customers import queries
from tallystick.customers.groups import (
    BillingDayNotAccepted,
    GroupNameNotAccepted,
    MemberOfAGroup,
    PayerNotAccepted,
)
from tallystick.customers.operations import TermsNotAccepted
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.usecases import grouping
from tests.scenarios.conftest import World, actor, at, uid, world
from tests.trails import trail_of

__all__ = ["world"]

FORM: Any = {"contact_name": "Ada", "email": "ada@acme.example", "currency": "EUR", "terms_days": 30}


def a_group(world: World, *, day: str = "2026-01-15", **more: Any) -> UUID:
    """This function will make a group with a payer of its own."""
    wanted: Any = {"name": "Acme Corp", "billing_day": 1, "new_payer": FORM, **more}
    return uid("grp", grouping.create_group(actor=world.staff, at=at(day), **wanted)["id"])


def test_the_form_makes_the_payer_a_business_with_terms_and_a_billing_contact(world: World) -> None:
    group = queries.group(a_group(world))
    payer = queries.customer(group["payer_id"])
    assert (payer["kind"], payer["name"], payer["terms_days"]) == ("business", "Acme Corp", 30)
    assert [(each.email, each.is_billing) for each in queries.contacts(payer["id"])] == [("ada@acme.example", True)]
    assert group["next_billing_date"] == date(2026, 2, 1)


def test_a_customer_may_be_the_payer(world: World) -> None:
    payer = world.customer("Payer Ltd")
    group = queries.group(a_group(world, payer_id=payer, new_payer=None))
    assert group["payer_id"] == payer


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"name": "  "}, GroupNameNotAccepted),
        ({"name": "ACME CORP"}, GroupNameNotAccepted),
        ({"name": "Other", "billing_day": 32}, BillingDayNotAccepted),
        ({"name": "Other", "new_payer": None}, InvalidField),
        ({"name": "Other", "new_payer": {**FORM, "terms_days": 400}}, TermsNotAccepted),
        ({"name": "Other", "new_payer": {**FORM, "currency": "XXQ"}}, InvalidField),
    ],
)
def test_a_form_that_cannot_be_used_leaves_nothing(world: World, wanted: Any, refusal: type[Exception]) -> None:
    a_group(world)
    groups, customers = queries.groups_page().rows, queries.customers_page().rows
    with pytest.raises(refusal):
        a_group(world, **wanted)
    assert (queries.groups_page().rows, queries.customers_page().rows) == (groups, customers)


def test_an_individual_pays_for_no_group(world: World) -> None:
    person = world.customer("Jo", kind="individual")
    with pytest.raises(PayerNotAccepted):
        a_group(world, payer_id=person, new_payer=None)
    assert queries.groups_page().rows == []


def test_members_join_and_leave_by_date(world: World) -> None:
    group, member = a_group(world), world.customer("Member")
    grouping.add_member(actor=world.staff, at=at("2026-03-10"), group_id=group, customer_id=member)
    grouping.remove_member(actor=world.staff, at=at("2026-05-20"), group_id=group, customer_id=member)
    on = {day: queries.group_of(member, on=date.fromisoformat(day)) for day in ("2026-03-09", "2026-03-10")}
    assert on["2026-03-09"] is None
    assert on["2026-03-10"] is not None
    assert queries.group_of(member, on=date(2026, 5, 19)) is not None
    assert queries.group_of(member, on=date(2026, 5, 20)) is None
    assert [entry["action"] for entry in trail_of(member)][-2:] == ["join_group", "leave_group"]


def test_who_joins_and_leaves_on_one_day_was_never_a_member(world: World) -> None:
    group, member = a_group(world), world.customer("Member")
    grouping.add_member(actor=world.staff, at=at("2026-03-10"), group_id=group, customer_id=member)
    grouping.remove_member(actor=world.staff, at=at("2026-03-10", 17), group_id=group, customer_id=member)
    assert queries.group_of(member, on=date(2026, 3, 10)) is None


def test_one_group_at_a_time(world: World) -> None:
    first, second, member = a_group(world), a_group(world, name="Second"), world.customer("Member")
    grouping.add_member(actor=world.staff, at=at("2026-03-10"), group_id=first, customer_id=member)
    for group in (first, second):
        with pytest.raises(MemberOfAGroup):
            grouping.add_member(actor=world.staff, at=at("2026-03-11"), group_id=group, customer_id=member)
    grouping.remove_member(actor=world.staff, at=at("2026-03-12"), group_id=first, customer_id=member)
    grouping.add_member(actor=world.staff, at=at("2026-03-12"), group_id=second, customer_id=member)
    found = queries.group_of(member, on=date(2026, 3, 12))
    assert found is not None
    assert found["id"] == second
    with pytest.raises(NotFound):
        grouping.remove_member(actor=world.staff, at=at("2026-03-12"), group_id=first, customer_id=member)


def test_a_new_billing_day_counts_from_the_next_one(world: World) -> None:
    group = a_group(world)
    changed = grouping.change_group(
        actor=world.staff, at=at("2026-02-10"), group_id=group, changes={"billing_day": 31, "name": "Acme Inc"}
    )
    assert (changed["next_billing_date"], changed["name"]) == ("2026-02-28", "Acme Inc")
    with pytest.raises(InvalidField):
        grouping.change_group(actor=world.staff, at=at("2026-02-10"), group_id=group, changes={"payer_id": "x"})


@pytest.mark.parametrize("role", ["Support", "Engineer", "Read-only"])
def test_only_finance_changes_groups(world: World, role: str) -> None:
    group, member = a_group(world), world.customer("Member")
    with pytest.raises(NotAllowed):
        grouping.add_member(actor=actor(role), at=at("2026-03-10"), group_id=group, customer_id=member)
    assert queries.memberships(group) == []


@pytest.mark.parametrize(
    ("after", "day", "following"),
    [
        ("2026-01-31", 31, "2026-02-28"),
        ("2028-02-28", 31, "2028-02-29"),
        ("2026-02-28", 31, "2026-03-31"),
        ("2026-12-15", 15, "2027-01-15"),
        ("2026-12-14", 15, "2026-12-15"),
    ],
)
def test_billing_days_keep_their_day_of_the_month(after: str, day: int, following: str) -> None:
    assert grouping.next_billing_day(date.fromisoformat(after), day) == date.fromisoformat(following)
