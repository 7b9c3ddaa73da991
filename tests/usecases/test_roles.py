"""Roles are recombined, nobody gives what they lack, and somebody can always manage staff (model 32)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError
from procrastinate.contrib.django.models import ProcrastinateJob

from tallystick.correspondence.models import Message
from tallystick.foundation import clock, roles, staff
from tallystick.foundation.errors import InvalidField, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.jobs import app
from tallystick.foundation.models import AuditEntry, Role, User
from tallystick.foundation.permissions import Actor, staff_actor
from tallystick.foundation.roles import NobodyWouldManageStaff, RoleNameTaken
from tallystick.foundation.transactions import check_constraints, transaction
from tallystick.usecases import recombine
from tallystick.usecases import staff as members
from tallystick.usecases.frame import SYSTEM, ScopeTooNarrow
from tallystick.usecases.recombine import MoreThanHeld
from tallystick.usecases.roles import EVERYTHING, ROLES, Permission
from tallystick.usecases.staff import NoSecondFactor, OwnAccount
from tallystick.wire.ids import member_id_of, role_id_of
from tallystick.wire.permissions import MEANINGS
from tests.trails import trail_of

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


def person(name: str, *named: str) -> UUID:
    email = f"{name.lower()}@example.com"
    return members.add_member(
        actor=SYSTEM, at=clock.now(), email=email, name=name, password=PASSWORD, roles=named or ["Administrator"]
    )


def acting(user_id: UUID) -> Actor:
    return staff_actor(User.objects.get(id=user_id))


def role_id(name: str) -> UUID:
    return next(each.id for each in roles.all_roles() if each.name == name)


def new_role(name: str, *permissions: str) -> UUID:
    made = recombine.create_role(actor=SYSTEM, at=clock.now(), name=name, permissions=permissions)
    return role_id_of(made["id"])


def change_role(actor: Actor, called: str, **changes: Any) -> Any:
    return recombine.change_role(actor=actor, at=clock.now(), role_id=role_id(called), **changes)


def give(actor: Actor, member_id: UUID, *names: str) -> Any:
    role_ids = [role_id(name) for name in names]
    return members.give_roles(actor=actor, at=clock.now(), member_id=member_id, role_ids=role_ids)


def deactivate(actor: Actor, member_id: UUID) -> Any:
    return members.deactivate_member(actor=actor, at=clock.now(), member_id=member_id)


def refused(act: Callable[[], Any], *kinds: type[Exception]) -> None:
    """This function will see that an act is refused and leaves no trace."""

    def state() -> Any:
        return (AuditEntry.objects.count(), [vars(each) for each in roles.all_roles()], staff.members())

    before = state()
    with pytest.raises(kinds):
        act()
    assert state() == before


def test_every_permission_has_a_sentence() -> None:
    assert MEANINGS.keys() == set(Permission)
    assert len(set(MEANINGS.values())) == len(MEANINGS)


def test_a_role_is_made_given_and_changed_and_the_trail_says_so() -> None:
    ada, bob = person("Ada"), person("Bob", "Read-only")
    made = recombine.create_role(actor=acting(ada), at=clock.now(), name=" Collections ", permissions=["view"])
    assert (made["name"], made["permissions"], made["members"]) == ("Collections", ["view"], [])
    told = give(acting(ada), bob, "Collections", "Support")
    assert [role["name"] for role in told["roles"]] == ["Collections", "Support"]
    assert set(told["permissions"]) == set(ROLES["Support"])
    give(acting(ada), bob, "Collections")
    assert acting(bob).permissions == {"view"}
    change_role(acting(ada), "Collections", permissions=["view", "payments.record"])
    # At once, without signing in anew.
    assert acting(bob).permissions == {"view", "payments.record"}
    change_role(acting(ada), "Collections", name="Dunning")
    entries = trail_of(role_id("Dunning"))
    assert [(each["action"], each["before"], each["after"]) for each in entries] == [
        ("create_role", None, {"name": "Collections", "permissions": ["view"]}),
        (
            "change_role",
            {"name": "Collections", "permissions": ["view"]},
            {"name": "Collections", "permissions": ["payments.record", "view"]},
        ),
        (
            "change_role",
            {"name": "Collections", "permissions": ["payments.record", "view"]},
            {"name": "Dunning", "permissions": ["payments.record", "view"]},
        ),
    ]
    given = [each for each in trail_of(bob) if each["action"] == "give_roles"]
    assert [(each["before"], each["after"]) for each in given] == [
        ({"roles": ["Read-only"]}, {"roles": ["Collections", "Support"]}),
        ({"roles": ["Collections", "Support"]}, {"roles": ["Collections"]}),
    ]


def test_what_changes_nothing_is_not_told() -> None:
    ada, bob = person("Ada"), person("Bob", "Support")
    before = AuditEntry.objects.count()
    give(acting(ada), bob, "Support")
    change_role(acting(ada), "Support", name="Support")
    members.reactivate_member(actor=acting(ada), at=clock.now(), member_id=bob)
    assert AuditEntry.objects.count() == before


def test_a_renamed_role_stays_renamed() -> None:
    person("Ada")
    change_role(SYSTEM, "Support", name="Help desk")
    person("Bob", "Help desk")
    assert {each.name for each in roles.all_roles()} == {
        *(ROLES.keys() - {"Support"}),
        "Help desk",
    }


def test_the_first_aid_command_finds_or_makes_a_role_for_everything() -> None:
    person("Ada")
    change_role(SYSTEM, "Administrator", name="Chief")
    add = {"actor": SYSTEM, "at": clock.now(), "name": "B", "password": PASSWORD}
    bob = members.add_administrator(email="bob@example.com", **add)
    assert staff.member(bob).roles == ("Chief",)
    change_role(SYSTEM, "Chief", name="Administrator", permissions=["view", "staff.manage"])
    cy = members.add_administrator(email="cy@example.com", **add)
    assert staff.member(cy).roles == ("Administrator 2",)
    assert acting(cy).permissions == EVERYTHING


def test_malformed_roles_are_refused() -> None:
    ada = acting(person("Ada"))
    make = {"actor": ada, "at": clock.now()}
    for name, permissions in (("", ["view"]), ("x" * 61, ["view"]), ("None", []), ("Odd", ["everything"])):
        refused(lambda n=name, p=permissions: recombine.create_role(name=n, permissions=p, **make), InvalidField)
    refused(lambda: recombine.create_role(name="4242 4242 4242 4242", permissions=["view"], **make), InvalidField)
    refused(lambda: recombine.create_role(name="Support", permissions=["view"], **make), RoleNameTaken)
    refused(lambda: change_role(ada, "Finance", name="Support"), RoleNameTaken)
    refused(lambda: recombine.change_role(role_id=new_id(), name="X", **make), NotFound)
    bob = person("Bob", "Support")
    refused(lambda: give(ada, bob), InvalidField)
    refused(lambda: members.give_roles(member_id=bob, role_ids=[new_id()], **make), NotFound)
    refused(lambda: members.give_roles(member_id=new_id(), role_ids=[role_id("Support")], **make), NotFound)


def test_a_contact_is_no_member_of_staff() -> None:
    ada = acting(person("Ada"))
    contact = User.objects.create_user("jo@example.com").id
    for act in (members.deactivate_member, members.reactivate_member, members.reset_second_factor):
        refused(lambda a=act: a(actor=ada, at=clock.now(), member_id=contact), NotFound)
    refused(lambda: give(ada, contact, "Administrator"), NotFound)


def test_nobody_gives_or_takes_what_they_lack() -> None:
    ada = person("Ada")
    new_role("Office", "view", "staff.manage")
    new_role("Office 2", "view")
    olga, bob = person("Olga", "Office"), person("Bob", "Office 2")
    may = acting(olga)
    give(may, bob, "Office")
    for act in (
        lambda: give(may, olga, "Office", "Finance"),
        lambda: give(may, bob, "Finance"),
        lambda: give(may, ada, "Office"),
        lambda: deactivate(may, ada),
        lambda: change_role(may, "Office", permissions=["view", "staff.manage", "payments.refund"]),
        lambda: change_role(may, "Administrator", permissions=["view", "staff.manage"]),
        lambda: recombine.create_role(actor=may, at=clock.now(), name="New", permissions=["payments.refund"]),
        lambda: members.invite_member(
            actor=may, at=clock.now(), email="x@example.com", name="X", role_ids=[role_id("Finance")]
        ),
        lambda: members.reset_second_factor(actor=may, at=clock.now(), member_id=ada),
    ):
        refused(act, MoreThanHeld)


def test_what_nobody_has_any_administrator_may_give() -> None:
    """A permission that came with a new version would else be out of reach for ever."""
    ada = person("Ada")
    change_role(SYSTEM, "Administrator", permissions=sorted(EVERYTHING - {"payments.refund"}))
    assert "payments.refund" not in acting(ada).permissions
    assert "payments.refund" in recombine.may_give(acting(ada))
    change_role(acting(ada), "Administrator", permissions=sorted(EVERYTHING))
    assert acting(ada).permissions == EVERYTHING


def test_the_last_who_manages_staff_cannot_be_lost() -> None:
    ada, bob = person("Ada"), person("Bob", "Finance")
    chief = acting(ada)
    refused(lambda: give(chief, ada, "Finance"), NobodyWouldManageStaff)
    refused(lambda: change_role(chief, "Administrator", permissions=["view"]), NobodyWouldManageStaff)
    refused(lambda: deactivate(SYSTEM, ada), NobodyWouldManageStaff)
    refused(lambda: deactivate(chief, ada), OwnAccount)
    give(chief, bob, "Administrator")
    deactivate(acting(bob), ada)
    refused(lambda: deactivate(SYSTEM, bob), NobodyWouldManageStaff)
    # Somebody who is out does not count.
    refused(lambda: give(SYSTEM, bob, "Finance"), NobodyWouldManageStaff)
    members.reactivate_member(actor=acting(bob), at=clock.now(), member_id=ada)
    deactivate(acting(ada), bob)


@pytest.mark.parametrize(
    "act",
    [
        lambda: User.objects.update(is_active=False),
        lambda: User.objects.update(is_staff=False),
        lambda: Role.users.through.objects.all().delete(),
        lambda: Role.objects.update(permissions=["view"]),
    ],
)
def test_the_database_itself_keeps_the_last_one(act: Callable[[], Any]) -> None:
    person("Ada")
    with pytest.raises(IntegrityError) as caught, transaction():
        act()
    told: Any = caught.value.__cause__
    assert told.diag.constraint_name == "somebody_manages_staff"


def test_the_rule_looks_at_the_end_only() -> None:
    ada, bob = person("Ada"), person("Bob", "Finance")
    with transaction():
        User.objects.get(id=ada).roles.clear()
        User.objects.get(id=bob).roles.set(Role.objects.filter(name="Administrator"))
    check_constraints()
    assert acting(bob).may("staff.manage")


def with_second_factor(user_id: UUID) -> None:
    for kind in ("totp", "webauthn", "recovery_codes"):
        Authenticator.objects.create(user_id=user_id, type=kind, data={})


def test_a_second_factor_is_reset_and_its_owner_is_told() -> None:
    ada, bob = person("Ada"), person("Bob", "Finance")
    with_second_factor(bob)
    with_second_factor(ada)
    reset = {"actor": acting(ada), "at": clock.now()}
    told = members.reset_second_factor(member_id=bob, **reset)
    assert told["second_factors"] == []
    assert Authenticator.objects.filter(user_id=bob).count() == 0
    entry = trail_of(bob)[-1]
    assert (entry["action"], entry["after"]) == ("reset_second_factor", {"second_factors": []})
    assert entry["before"] == {"second_factors": ["recovery_codes", "totp", "webauthn"]}
    [job] = ProcrastinateJob.objects.filter(task_name="mail.second_factor_reset")
    for _ in range(2):
        app.tasks["mail.second_factor_reset"].func(**job.args)
    [mail] = Message.objects.filter(kind="second_factor_reset")
    assert (mail.recipient_email, "was reset" in mail.subject) == ("bob@example.com", True)
    refused(lambda: members.reset_second_factor(member_id=bob, **reset), NoSecondFactor)
    refused(lambda: members.reset_second_factor(member_id=ada, **reset), OwnAccount)
    assert Authenticator.objects.filter(user_id=ada).count() == 3


def test_a_narrow_key_reaches_nobody() -> None:
    ada = person("Ada")
    narrow = Actor(kind="api_key", id="k", label="K", permissions=EVERYTHING, scope=("customer", new_id()))
    refused(lambda: give(narrow, ada, "Support"), ScopeTooNarrow)
    refused(lambda: deactivate(narrow, ada), ScopeTooNarrow)
    refused(lambda: change_role(narrow, "Support", name="X"), ScopeTooNarrow)


def test_an_invited_member_has_the_roles() -> None:
    ada = person("Ada")
    told = members.invite_member(
        actor=acting(ada), at=clock.now(), email="Nia@Example.com", name="Nia", role_ids=[role_id("Support")]
    )
    assert staff.member(member_id_of(told["id"])).permissions == {str(each) for each in ROLES["Support"]}
    assert ProcrastinateJob.objects.filter(task_name="mail.password_link").count() == 1
