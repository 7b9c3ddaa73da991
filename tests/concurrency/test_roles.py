"""Administrators who act upon one another at the same instant never leave the business without one."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation import clock, roles, staff
from tallystick.foundation.models import User
from tallystick.foundation.permissions import Actor, staff_actor
from tallystick.usecases import recombine
from tallystick.usecases import staff as members
from tallystick.usecases.frame import SYSTEM
from tests.concurrency.race import connections_for, race
from tests.conftest import OwnDatabase

PEOPLE = 12


@pytest.fixture
def people(own_database: OwnDatabase) -> Any:
    """Administrators, in a database in which everything is committed."""
    with connections_for(PEOPLE * 2):
        yield [_administrator(number) for number in range(PEOPLE)]


def _administrator(number: int) -> UUID:
    return members.add_administrator(
        actor=SYSTEM,
        at=clock.now(),
        email=f"{number}@example.com",
        name=f"N {number}",
        password="correct horse battery",
    )


def _actor(user_id: UUID) -> Actor:
    return staff_actor(User.objects.get(id=user_id))


def managing() -> int:
    return sum(each.is_active and "staff.manage" in each.permissions for each in staff.members())


@pytest.mark.parametrize("locks", [True, False])
def test_all_administrators_deactivate_one_another_at_once(people: list[UUID], locks: bool) -> None:
    """Without row locks the rule holds as well: it is the database's own."""
    acts = [
        partial(
            members.deactivate_member,
            actor=_actor(actor),
            at=clock.now(),
            member_id=people[(number + 1) % PEOPLE],
        )
        for number, actor in enumerate(people)
    ]
    finish = race(*acts, locks=locks)
    assert (len(finish.results), dict(finish.refusals)) == (PEOPLE - 1, {"NobodyWouldManageStaff": 1})
    assert managing() == 1


def test_roles_are_taken_people_leave_and_the_role_shrinks_at_once(people: list[UUID]) -> None:
    finance = next(each.id for each in roles.all_roles() if each.name == "Finance")
    chief = next(each.id for each in roles.all_roles() if each.name == "Administrator")
    told = {"actor": SYSTEM, "at": clock.now()}
    acts = [
        *(partial(members.give_roles, member_id=each, role_ids=[finance], **told) for each in people[::2]),
        *(partial(members.deactivate_member, member_id=each, **told) for each in people[1::2]),
        partial(recombine.change_role, role_id=chief, permissions=["view"], **told),
    ]
    race(*acts)
    assert managing() >= 1
