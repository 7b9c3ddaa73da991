"""Letters over the API: listed, drawn as PDF, printed once, and not told to keys that see one customer."""

from uuid import UUID

import pytest

from tallystick.dunning import operations, queries
from tallystick.foundation.clock import now
from tallystick.foundation.transactions import transaction
from tallystick.usecases import dun, notify_reminder
from tests.api.caller import Caller
from tests.api.conftest import Business
from tests.documents.samples import text_of
from tests.scenarios.conftest import uid

pytestmark = pytest.mark.django_db

HOME = {"address_lines": "Hauptstraße 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}


@pytest.fixture
def written(business: Business, api: Caller) -> list[tuple[str, UUID]]:
    """The invoices of two letters, the newer one first, and whose they are."""
    (plan,) = queries.plans()
    with transaction():
        operations.set_level(plan.id, days=21, pay_by_days=7, texts={}, channel="letter")
    for name in ("Acme AG", "Zeta AG"):
        business.invoice(business.customer(name, details=HOME), day="2026-01-05")
    for part in dun.parts(at=now()):
        notify_reminder.write(reminder_ids=part.reminder_ids, at=now())
    found = api.get("/letters").body["data"]
    return [(each["invoice"], uid("cus", each["customer"])) for each in found]


def test_e39_a_letter_is_listed_drawn_and_printed_once(api: Caller, written: list[tuple[str, UUID]]) -> None:
    first = api.get("/letters", state="waiting", limit=1).body
    (newest,) = first["data"]
    assert (newest["invoice"], newest["state"], newest["settled_at"]) == (written[0][0], "waiting", None)
    (older,) = api.get("/letters", state="waiting", limit=1, cursor=first["next_cursor"]).body["data"]
    assert older["invoice"] == written[1][0]
    assert [each["id"] for each in api.get("/letters", search=older["number"]).body["data"]] == [older["id"]]

    drawn = api.get(f"/letters/{older['id']}/pdf")
    assert drawn.status == 200
    assert older["number"] in text_of(drawn.raw)
    assert len(api.get("/letters", state="waiting").body["data"]) == 2
    done = api.post(f"/letters/{older['id']}/print").body
    assert (done["id"], done["state"], done["reason"]) == (older["id"], "printed", "")
    assert api.post(f"/letters/{older['id']}/print").body == done
    assert api.get("/letters", state="printed").body["data"] == [done]


def test_what_is_not_needed_any_more_is_dropped_and_has_no_document(
    api: Caller, written: list[tuple[str, UUID]]
) -> None:
    with transaction():
        operations.choose_for(customer_id=written[0][1], plan_id=None)
    (newest, _older) = api.get("/letters").body["data"]
    dropped = api.post(f"/letters/{newest['id']}/print").body
    assert (dropped["state"], dropped["reason"]) == ("dropped", "Not sent: no dunning plan is chosen any more.")
    refused = api.get(f"/letters/{newest['id']}/pdf")
    assert (refused.status, refused.body["code"]) == (409, "letter_dropped")


def test_letters_are_not_for_keys_of_one_customer(
    api: Caller, business: Business, written: list[tuple[str, UUID]]
) -> None:
    (letter, _other) = api.get("/letters").body["data"]
    narrow = business.caller(customer=written[0][1])
    calls = (narrow.get("/letters"), narrow.get(f"/letters/{letter['id']}/pdf"))
    assert [each.status for each in calls] == [403, 403]
    assert narrow.post(f"/letters/{letter['id']}/print").status == 403
    assert api.get("/letters", state="gone").status == 422
    assert api.get("/letters/let_nobody/pdf").status == 404
    assert {each["state"] for each in api.get("/letters").body["data"]} == {"waiting"}
