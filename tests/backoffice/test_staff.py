"""Staff and roles in the back office: each act by somebody who may, and refused to everybody else."""

from collections.abc import Callable
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tallystick.foundation import roles, staff
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry, Role
from tests.backoffice.business import PASSWORD, Business, member
from tests.backoffice.forms import closed, done, refused, text_of, url

pytestmark = pytest.mark.django_db
Signed = Callable[[str], Client]
OTHERS = ("Support", "Finance", "Engineer", "Read-only")


@pytest.fixture
def chief(as_role: Signed) -> Client:
    """The browser of the only administrator."""
    return as_role("Administrator")


def role_uuid(name: str) -> UUID:
    return next(each.id for each in roles.all_roles() if each.name == name)


def role(name: str) -> str:
    return public_id("rol", role_uuid(name))


def usr(user_id: UUID) -> str:
    return public_id("usr", user_id)


def named(member_id: UUID) -> list[str]:
    return list(staff.member(member_id).roles)


@pytest.mark.parametrize("other", OTHERS)
def test_staff_and_roles_are_closed_to_everybody_else(business: Business, as_role: Signed, other: str) -> None:
    chief, bob = member("Administrator"), member("Finance")
    Authenticator.objects.create(user=bob, type="totp", data={})
    client, them, they = as_role(other), usr(bob.id), usr(chief.id)
    for page in (url("staff"), url("roles"), url("new-role"), url("role", role("Support")), url("member", they)):
        assert client.get(page).status_code == 403
    closed(client, url("new-role"), {"name": "Mine", "group_0": ["view"]})
    closed(client, url("role", role(other)), {"name": other, "group_0": ["view"], "group_6": ["staff.manage"]})
    closed(client, url("member-roles", them), {"roles": ["Administrator"]})
    for name in ("member-deactivate", "member-reactivate", "member-second-factor"):
        closed(client, url(name, them), {})
    assert Authenticator.objects.filter(user=bob).exists()
    assert (named(bob.id), staff.member(bob.id).is_active) == (["Finance"], True)


def test_a_role_is_made_seen_in_the_matrix_and_changed(business: Business, chief: Client) -> None:
    done(chief, url("new-role"), {"name": "Collections", "group_0": ["view"], "group_3": ["payments.record"]})
    page = text_of(chief.get(url("roles")))
    assert "Collections Nobody" in page
    assert "Record promised payments. Administrator, Collections, Finance, Support" in page
    change = url("role", role("Collections"))
    assert 'value="payments.record" id="id_group_3_0" checked' in chief.get(change).content.decode()
    done(chief, change, {"name": "Dunning", "group_0": ["view", "download"]})
    found = roles.role(next(each.id for each in roles.all_roles() if each.name == "Dunning"))
    assert found.permissions == {"view", "download"}
    page = text_of(chief.get(change))
    assert ("Nobody has this role." in page, "Role changed" in page) == (True, True)


def test_a_role_needs_a_name_of_its_own_and_something_to_do(business: Business, chief: Client) -> None:
    assert "Choose at least one thing" in refused(chief, url("new-role"), {"name": "Idle"})
    assert "There is a role “Support” already." in refused(
        chief, url("new-role"), {"name": "Support", "group_0": ["view"]}
    )
    assert "card number" in refused(chief, url("new-role"), {"name": "4242 4242 4242 4242", "group_0": ["view"]})


def test_roles_are_given_and_count_at_the_next_click(business: Business, as_role: Signed, chief: Client) -> None:
    bob = member("Finance")
    at_desk = as_role("Finance")
    assert at_desk.get(url("new-product")).status_code == 200
    done(chief, url("member-roles", usr(bob.id)), {"roles": ["Support"]})
    assert at_desk.get(url("new-product")).status_code == 403
    done(chief, url("member-roles", usr(bob.id)), {"roles": ["Support", "Finance"]})
    assert at_desk.get(url("new-product")).status_code == 200
    page = text_of(chief.get(url("member", usr(bob.id))))
    assert ("Roles changed" in page, "Issue invoices." in page) == (True, True)


def test_somebody_is_kept_out_at_once_and_let_in_again(business: Business, as_role: Signed, chief: Client) -> None:
    bob = member("Finance")
    at_desk = as_role("Finance")
    assert at_desk.get(url("home")).status_code == 200
    done(chief, url("member-deactivate", usr(bob.id)), {})
    assert "/accounts/" in at_desk.get(url("home"))["Location"]
    assert Client().post("/accounts/login/", {"login": bob.email, "password": PASSWORD})["Location"] != "/office/"
    assert "Deactivated" in text_of(chief.get(url("staff")))
    done(chief, url("member-reactivate", usr(bob.id)), {})
    assert Client().post("/accounts/login/", {"login": bob.email, "password": PASSWORD})["Location"] == "/office/"
    actions = AuditEntry.objects.filter(object_id=bob.id).values_list("action", flat=True)
    assert list(actions) == ["deactivate_member", "reactivate_member"]


def test_the_last_administrator_stays(business: Business, chief: Client) -> None:
    own = usr(member("Administrator").id)
    told = refused(chief, url("member-roles", own), {"roles": ["Finance"]})
    assert "Then nobody could manage staff and roles any more." in told
    told = refused(chief, url("role", role("Administrator")), {"name": "Administrator", "group_0": ["view"]})
    assert "Then nobody could manage staff and roles any more." in told
    assert "your own account" in refused(chief, url("member-deactivate", own), {})
    page = chief.get(url("member", own)).content.decode()
    assert url("member-deactivate", own) not in page


def test_a_second_factor_is_reset(business: Business, chief: Client) -> None:
    bob = member("Finance")
    address = url("member-second-factor", usr(bob.id))
    assert "no second factor" in refused(chief, address, {})
    assert address not in chief.get(url("member", usr(bob.id))).content.decode()
    Authenticator.objects.create(user=bob, type="totp", data={})
    page = chief.get(url("member", usr(bob.id)))
    assert (address in page.content.decode(), "Authenticator app" in text_of(page)) == (True, True)
    done(chief, address, {})
    assert not Authenticator.objects.filter(user=bob).exists()


def test_whoever_may_less_is_offered_less(business: Business, chief: Client, as_role: Signed) -> None:
    """A role for the office manager, who looks after staff and has no rights about money."""
    done(chief, url("new-role"), {"name": "Office", "group_0": ["view"], "group_6": ["staff.manage"]})
    bob, support = member("Read-only"), member("Support")
    done(chief, url("member-roles", usr(bob.id)), {"roles": ["Office"]})
    office = as_role("Read-only")
    boss = usr(member("Administrator").id)
    page = office.get(url("member", boss))
    assert "may do something here that you may not" in text_of(page)
    assert url("member-deactivate", boss) not in page.content.decode()
    assert office.get(url("role", role("Finance"))).status_code == 403
    closed(office, url("member-deactivate", boss), {})
    closed(office, url("member-deactivate", usr(support.id)), {})
    offered = office.get(url("new-role")).content.decode()
    assert ("staff.manage" in offered, "payments.refund" in offered) == (True, False)
    refused(office, url("new-role"), {"name": "Mine", "group_3": ["payments.refund"]})
    refused(office, url("member-roles", usr(bob.id)), {"roles": ["Finance"]})
    done(office, url("invite-staff"), {"name": "Nia", "email": "nia@example.com", "roles": ["Office"]})


def test_unknown_people_and_roles_are_missing(business: Business, chief: Client) -> None:
    for address in (url("member", "usr_" + "0" * 32), url("role", "rol_" + "0" * 32), url("member", "usr_x")):
        assert chief.get(address).status_code == 404


def test_what_is_new_to_a_changed_role_is_said_until_it_is_saved(business: Business, chief: Client) -> None:
    """A newer version gives more to roles that come with it; this one was recombined before."""
    assert "New permissions exist" not in text_of(chief.get(url("roles")))
    had = [each for each in roles.role(role_uuid("Support")).permissions if each != "vouchers.redeem"]
    Role.objects.filter(name="Support").update(permissions=sorted({*had, "invoices.issue"}), offered=sorted(had))
    page = text_of(chief.get(url("roles")))
    assert "New permissions exist These roles were changed here, so they keep what they may." in page
    assert "Support Redeem vouchers for customers." in page.partition("Who has it")[0]
    done(chief, url("role", role("Support")), {"name": "Support", "group_0": ["view"], "group_2": ["invoices.issue"]})
    assert "New permissions exist" not in text_of(chief.get(url("roles")))
    assert roles.role(role_uuid("Support")).permissions == {"view", "invoices.issue"}
