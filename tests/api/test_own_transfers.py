"""The API says which customers complete their own bank transfers, and lists what these confirmed (A16; model 7)."""

from datetime import UTC, datetime

from tallystick.customers import queries as customers
from tallystick.usecases import enrol, promise
from tallystick.wire.ids import payment_id_of
from tests.api.caller import Caller
from tests.api.conftest import Business, a_payment

TRUST = {"completes_own_transfers": True, "own_transfer_cap_minor": 5000, "own_transfer_cap_currency": "EUR"}


def test_the_switch_and_its_cap_are_the_customers(api: Caller, business: Business) -> None:
    path = f"/customers/{business.cus_x}"
    told = api.patch(path, TRUST)
    assert (told.status, {name: told.body[name] for name in TRUST}) == (200, TRUST)
    for body, status, field in (
        ({"own_transfer_cap_minor": None}, 422, "own_transfer_cap_minor"),
        ({"own_transfer_cap_currency": None}, 422, "own_transfer_cap_minor"),
        ({"own_transfer_cap_minor": 0}, 422, "own_transfer_cap_minor"),
    ):
        refused = api.patch(path, body)
        assert (refused.status, refused.body["field"]) == (status, field), body
    assert business.caller("view", "customers.edit").patch(path, {"own_transfer_cap_minor": 5001}).status == 403
    assert {name: api.get(path).body[name] for name in TRUST} == TRUST
    off = business.caller("view", "customers.edit").patch(path, {"completes_own_transfers": False})
    assert (off.status, off.body["completes_own_transfers"]) == (200, False)


def test_what_a_customer_confirmed_is_listed(api: Caller, business: Business) -> None:
    api.patch(f"/customers/{business.cus_x}", TRUST)
    contact = api.post(
        f"/customers/{business.cus_x}/contacts", {"name": "Al", "email": "al@example.com", "invites": True}
    )
    user_id = customers.contacts(business.x)[-1].user_id
    assert contact.status == 201
    assert user_id is not None
    actor = enrol.contact_actor(user_id)
    assert actor is not None
    body = a_payment(customer=business.cus_x, total_minor=5000, status="pending", method="bank_transfer")
    made = api.post("/payments", body).body
    assert made["confirmed_by_customer"] is False
    payment = payment_id_of(made["id"])
    promise.complete_own_transfer(actor=actor, at=datetime.now(tz=UTC), payment_id=payment)
    [row] = api.get("/payments", confirmed_by_customer="true").body["data"]
    assert (row["id"], row["status"], row["confirmed_by_customer"]) == (made["id"], "completed", True)
