"""Who may do what: each role's permissions at every call, and what a key is given."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tallystick.foundation import api_keys
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.models import ApiKey, User
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.usecases import keys
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.roles import ROLES, Permission
from tests.api.caller import Caller
from tests.api.conftest import Business, row_counts
from tests.api.recipes import RECIPES, routes
from tests.api.things import Things, things_of
from tests.conftest import standing
from tests.trails import trail_of

NOW = datetime.now(tz=UTC)


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def shared(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Business, Things]]:
    """The business with everything that calls are about: all tests begin with it."""
    with standing(django_db_blocker, lambda: (made := Business(), things_of(made, made.cus_x))) as made:
        yield made


@pytest.fixture
def business(shared: tuple[Business, Things]) -> Business:
    return shared[0]


@pytest.fixture
def own(shared: tuple[Business, Things]) -> Things:
    return shared[1]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_it_may_and_leaves_no_trace_of_the_rest(business: Business, own: Things, role: str) -> None:
    caller = business.caller(*ROLES[role])
    before = row_counts()
    for route in routes():
        lacking = set(RECIPES[route.name].needs) - ROLES[role]
        if lacking:
            refused = route.make(caller, own)
            assert (refused.status, refused.body["code"]) == (403, "not_allowed"), route
            assert refused.body["permission"] in lacking
    assert row_counts() == before
    for route in routes():
        if set(RECIPES[route.name].needs) <= ROLES[role]:
            assert route.make(caller, own).status != 403, route


@pytest.mark.parametrize("permission", Permission)
def test_one_permission_opens_only_its_own_calls(business: Business, own: Things, permission: Permission) -> None:
    caller = business.caller(permission)
    for route in routes():
        if set(RECIPES[route.name].needs) - {permission}:
            assert route.make(caller, own).status == 403, route


def test_a_large_refund_needs_one_permission_more(business: Business, api: Caller) -> None:
    made = api.post("/payments", {"total_minor": 200_000, "currency": "EUR", "customer": business.cus_x}).body
    body = {"amount_minor": 100_001, "reason": "All", "method": "cash"}
    refused = business.caller("payments.refund").post(f"/payments/{made['id']}/refund", body)
    assert (refused.status, refused.body["permission"]) == (403, "payments.refund_above_limit")
    body["amount_minor"] = 100_000
    assert business.caller("payments.refund").post(f"/payments/{made['id']}/refund", body).status == 201


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer tsk_",
        "Bearer tsk_nothing",
        "Bearer tsk_000000000000_wrong",
        "Bearer tsk_\x00_wrong",
        "Bearer tsk_'or'1'='1_wrong",
        "Basic YTpi",
        "tsk_4f1c22a09be3_x",
    ],
)
def test_no_valid_key_is_401(api: Caller, header: str | None) -> None:
    nobody = Caller(None)
    nobody.headers = {} if header is None else {"Authorization": header}
    for answer in (nobody.get("/me"), nobody.get("/payments"), nobody.post("/payments", b"not even JSON")):
        assert (answer.status, answer.body["code"]) == (401, "api_key_missing")
        assert answer.response["WWW-Authenticate"].startswith("Bearer")


def test_a_key_works_until_it_is_revoked(business: Business) -> None:
    text = business.key("view", name="Revoked")
    caller = Caller(text)
    assert caller.get("/customers").status == 200
    (row,) = [row for row in api_keys.all_keys() if row["name"] == "Revoked"]
    assert keys.revoke_api_key(actor=SYSTEM, at=NOW, key_id=row["id"]) is True
    assert keys.revoke_api_key(actor=SYSTEM, at=NOW, key_id=row["id"]) is False
    assert caller.get("/customers").status == 401
    assert [entry["action"] for entry in trail_of(row["id"])] == ["create_api_key", "revoke_api_key"]
    assert text not in str(trail_of(row["id"]))
    assert text.split("_", 2)[2] not in str(ApiKey.objects.filter(id=row["id"]).values())


def test_a_changed_secret_is_no_key(business: Business) -> None:
    text = business.key("view")
    assert api_keys.actor_of(text) is not None
    assert api_keys.actor_of(text[:-1] + ("A" if text[-1] != "A" else "B")) is None


def test_a_key_ends_with_the_person_who_made_it(business: Business) -> None:
    with transaction():
        user = User.objects.create_user("eve@example.com", is_staff=True)
    maker = Actor(kind="staff", id=str(user.id), label="Eve", permissions=frozenset({"api_keys.manage", "view"}))
    made = keys.create_api_key(actor=maker, at=NOW, name="Eve's", permissions=["view"])
    caller = Caller(made["secret"])
    assert caller.get("/customers").status == 200
    User.objects.filter(id=user.id).update(is_active=False)
    assert caller.get("/customers").status == 401


def test_nobody_gives_more_than_they_have(business: Business, traces: Callable[[], dict[str, int]]) -> None:
    maker = Actor(kind="staff", id=str(new_id()), label="Eve", permissions=frozenset({"api_keys.manage", "view"}))
    narrow = Actor(kind="api_key", id="k", label="K", permissions=frozenset(Permission), scope=("customer", business.x))
    before = traces()
    with pytest.raises(NotAllowed):
        keys.create_api_key(actor=maker, at=NOW, name="Too much", permissions=["view", "payments.refund"])
    with pytest.raises(NotAllowed):
        keys.create_api_key(actor=narrow, at=NOW, name="Too wide", permissions=["view"])
    with pytest.raises(NotFound):
        keys.create_api_key(actor=narrow, at=NOW, name="Other", permissions=["view"], customer_id=business.y)
    with pytest.raises(NotFound):
        keys.create_api_key(actor=SYSTEM, at=NOW, name="Nobody", permissions=["view"], customer_id=new_id())
    for name, permissions in (("", ["view"]), ("x" * 101, ["view"]), ("None", []), ("Odd", ["everything"])):
        with pytest.raises(InvalidField):
            keys.create_api_key(actor=SYSTEM, at=NOW, name=name, permissions=permissions)
    viewer = Actor(kind="staff", id=str(new_id()), label="V", permissions=frozenset({"view"}))
    with pytest.raises(NotAllowed):
        keys.create_api_key(actor=viewer, at=NOW, name="Mine", permissions=["view"])
    with pytest.raises(NotAllowed):
        keys.revoke_api_key(actor=viewer, at=NOW, key_id=new_id())
    with pytest.raises(NotFound):
        keys.revoke_api_key(actor=SYSTEM, at=NOW, key_id=new_id())
    assert traces() == before


def test_keys_are_listed_without_their_secrets(business: Business) -> None:
    first = business.key("view", name="First")
    made = keys.create_api_key(actor=SYSTEM, at=NOW + timedelta(hours=1), name="Second", permissions=["view"])
    listed = api_keys.all_keys()
    assert [row["name"] for row in listed][:2] == ["Second", "First"]
    assert made["secret"] not in str(listed)
    assert first not in str(listed)


def test_a_program_gives_no_more_than_it_may(business: Business, api: Caller, own: Things) -> None:
    """What nobody who works here has may be given by any: here somebody has all of it."""
    chief = api.post("/roles", {"name": "Chief", "permissions": sorted(Permission)}).body["id"]
    boss = api.post("/staff", {"name": "Boss", "email": "boss@example.com", "roles": [chief]}).body["id"]
    before = row_counts()
    office = business.caller("staff.manage", "view", "download")
    for told in (
        office.post("/roles", {"name": "New", "permissions": ["payments.refund"]}),
        office.patch(f"/roles/{chief}", {"permissions": ["view", "staff.manage"]}),
        office.patch(f"/staff/{own.member}", {"roles": [chief]}),
        office.post(f"/staff/{boss}/deactivate"),
    ):
        assert (told.status, told.body["code"]) == (403, "more_than_held")
    refused = api.post(f"/staff/{boss}/deactivate")
    assert (refused.status, refused.body["code"]) == (409, "nobody_would_manage_staff")
    assert {name: count for name, count in row_counts().items() if count != before[name]} == {
        "foundation_apikey": before["foundation_apikey"] + 1,
        "foundation_auditentry": before["foundation_auditentry"] + 1,
    }
    answered = office.post(f"/staff/{own.member}/deactivate").body
    assert (answered["is_active"], answered["roles"][0]["id"]) == (False, own.role)
    assert office.get("/staff").body["data"][0]["name"] in {"Boss", "Eve"}
    assert office.get(f"/roles/{own.role}").body["members"] == [{"id": own.member, "name": "Eve"}]
    narrow = business.caller(customer=business.x)
    for path in ("/roles", "/staff", f"/roles/{own.role}", f"/staff/{own.member}"):
        assert (narrow.get(path).status, narrow.get(path).body["code"]) == (403, "scope_too_narrow")
