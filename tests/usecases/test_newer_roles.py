"""A newer version gives more to the roles that come with it: to those that nobody changed, and to no others."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from tallystick.foundation import clock, roles, staff
from tallystick.foundation.errors import NotAllowed
from tallystick.foundation.ids import new_id
from tallystick.foundation.models import Role
from tallystick.foundation.permissions import Actor
from tallystick.foundation.roles import RoleFacts
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.cli.migrate import migrate_database
from tallystick.usecases import recombine
from tallystick.usecases.frame import SYSTEM, ScopeTooNarrow
from tallystick.usecases.roles import EVERYTHING, ROLES
from tests.trails import trail_of

pytestmark = pytest.mark.django_db

NEW = frozenset({"vouchers.redeem", "vouchers.manage", "views.share", "payments.dispute"})


def given(name: str) -> set[str]:
    return {str(each) for each in ROLES[name]}


def role(name: str) -> RoleFacts:
    return next(each for each in roles.all_roles() if each.name == name)


def change(called: str, **changes: Any) -> Any:
    return recombine.change_role(actor=SYSTEM, at=clock.now(), role_id=role(called).id, **changes)


def renew() -> list[str]:
    return recombine.renew_roles(actor=SYSTEM, at=clock.now())


@pytest.fixture
def installed() -> None:
    """The roles as an older version made them, which knew nothing of what is new."""
    with transaction():
        staff.ensure_roles({name: set(permissions) - NEW for name, permissions in ROLES.items()})


def test_a_role_that_nobody_changed_gets_what_is_new(installed: None) -> None:
    change("Support", name="Helpdesk")
    assert renew() == ["Helpdesk", "Finance", "Administrator"]
    assert {each.name: each.permissions for each in roles.all_roles()} == {
        "Helpdesk" if name == "Support" else name: given(name) for name in ROLES
    }
    entry = trail_of(role("Helpdesk").id)[-1]
    assert (entry["action"], entry["actor_kind"]) == ("change_role", "system")
    assert set(entry["after"]["permissions"]) - set(entry["before"]["permissions"]) == {"vouchers.redeem"}
    before = trail_of(role("Finance").id)
    assert (renew(), trail_of(role("Finance").id)) == ([], before)


def test_a_changed_role_keeps_its_set_until_somebody_chooses(installed: None) -> None:
    own = (given("Finance") - NEW) | {"payments.delete"}
    # Chosen by the older version, which offered nothing of what is new.
    Role.objects.filter(name="Finance").update(permissions=sorted(own))
    assert "Finance" not in renew()
    assert role("Finance").permissions == own
    assert recombine.new_to(role("Finance")) == {"vouchers.redeem", "vouchers.manage", "payments.dispute"}
    assert change("Finance", name="Money")["new_permissions"] == [
        "payments.dispute",
        "vouchers.manage",
        "vouchers.redeem",
    ]
    chosen = change("Money", permissions=sorted(own | {"payments.dispute"}))
    assert chosen["new_permissions"] == []
    assert "Money" not in renew()
    assert role("Money").permissions == own | {"payments.dispute"}


def test_a_role_of_the_business_is_left_alone(installed: None) -> None:
    told = recombine.create_role(actor=SYSTEM, at=clock.now(), name="Collections", permissions=["view"])
    assert told["new_permissions"] == []
    with transaction():
        # One that another version knew.
        Role.objects.create(name="Auditor", built_in="Auditor", permissions=["view"], offered=["view"])
    renew()
    assert (role("Collections").permissions, role("Auditor").permissions) == ({"view"}, {"view"})


def test_only_those_who_manage_staff_renew_roles(installed: None) -> None:
    finance = Actor(kind="api_key", id="f", label="F", permissions=ROLES["Finance"])
    narrow = Actor(kind="api_key", id="n", label="N", permissions=EVERYTHING, scope=("customer", new_id()))
    for actor, error in ((finance, NotAllowed), (narrow, ScopeTooNarrow)):
        with pytest.raises(error):
            recombine.renew_roles(actor=actor, at=clock.now())
    assert role("Support").permissions == given("Support") - NEW


def test_migrating_renews_the_roles(installed: None) -> None:
    assert migrate_database() == 0
    assert role("Administrator").permissions == given("Administrator")


def test_the_trail_tells_which_roles_came_with_the_product(installed: None) -> None:
    recombine.create_role(actor=SYSTEM, at=clock.now(), name="Collections", permissions=["view"])
    change("Support", name="Helpdesk")
    change("Finance", permissions=["view", "download"])
    change("Finance", name="Money", permissions=["view"])
    # A role of the business's own takes the name that became free.
    recombine.create_role(actor=SYSTEM, at=clock.now(), name="Support", permissions=["view"])
    Role.objects.update(built_in="", offered=[])
    forward = import_module("tallystick.foundation.migrations.0011_roles_follow_the_product").FORWARD
    with connection.cursor() as cursor:
        cursor.execute(forward)
    assert {each.name: each.built_in for each in roles.all_roles()} == {
        "Helpdesk": "Support",
        "Money": "Finance",
        "Administrator": "Administrator",
        "Engineer": "Engineer",
        "Read-only": "Read-only",
        "Collections": "",
        "Support": "",
    }
    assert role("Money").offered == given("Finance") - NEW
    assert role("Helpdesk").offered == role("Helpdesk").permissions == given("Support") - NEW
    renew()
    assert (role("Helpdesk").permissions, role("Money").permissions) == (given("Support"), {"view"})
    assert recombine.new_to(role("Money")) == {"vouchers.redeem", "vouchers.manage", "payments.dispute"}
