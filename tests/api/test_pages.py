"""Lists come in pages that stay in place while rows are added."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tallystick.foundation.ids import new_id
from tests.api.caller import Caller
from tests.api.conftest import Business, a_payment


def record(api: Caller, business: Business, count: int) -> list[str]:
    """This function will promise payments and return their ids, the newest first."""
    body = a_payment(customer=business.cus_x, status="pending")
    return [api.post("/payments", body).body["id"] for _ in range(count)][::-1]


def test_pages_go_forwards_and_back_under_inserts(api: Caller, business: Business) -> None:
    old = record(api, business, 8)
    first = api.get("/payments", limit=3).body
    assert first["previous_cursor"] is None
    record(api, business, 4)
    second = api.get("/payments", limit=3, cursor=first["next_cursor"]).body
    record(api, business, 1)
    third = api.get("/payments", limit=3, cursor=second["next_cursor"]).body
    assert third["next_cursor"] is None
    pages = [[each["id"] for each in page["data"]] for page in (first, second, third)]
    assert pages == [old[:3], old[3:6], old[6:]]
    back = api.get("/payments", limit=3, cursor=third["previous_cursor"]).body
    assert [each["id"] for each in back["data"]] == old[3:6]
    front = api.get("/payments", limit=3, cursor=back["previous_cursor"]).body
    assert [each["id"] for each in front["data"]] == old[:3]
    newer = api.get("/payments", limit=200, cursor=front["previous_cursor"]).body
    assert len(newer["data"]) == 5
    assert newer["previous_cursor"] is None


def test_a_cursor_keeps_to_its_list(api: Caller, business: Business) -> None:
    record(api, business, 2)
    for _ in range(2):
        business.open_invoice(business.x)
    cursor = api.get("/payments", limit=1).body["next_cursor"]
    # What it says of a list of payments, other lists cannot read, nor one of payments in another order.
    for path, query in (("/invoices", {}), ("/customers", {}), ("/payments", {"sort": "due"})):
        refused = api.get(path, cursor=cursor, **query)
        assert (refused.status, refused.body["code"]) == (422, "cursor_not_accepted")


def test_customers_and_invoices_are_paged_too(api: Caller, business: Business) -> None:
    invoices = [business.open_invoice(business.x) for _ in range(3)]
    for path, wanted in (("/customers", {business.cus_x, business.cus_y}), ("/invoices", set(invoices))):
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = api.get(path, limit=1, **({"cursor": cursor} if cursor else {})).body
            found += [each["id"] for each in page["data"]]
            cursor = page["next_cursor"]
        assert len(found) == len(wanted)
        assert set(found) == wanted


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/payments", 5),
        ("/invoices", 4),
        ("/customers", 4),
        ("/subscriptions", 4),
        ("/products", 2),
        ("/variants", 2),
        ("/prices", 2),
    ],
)
def test_a_longer_page_asks_the_database_no_more_often(
    api: Caller, business: Business, path: str, queries: int
) -> None:
    for size in (1, 6):
        for _ in range(size):
            customer = business.customer(f"Customer {new_id().hex}")
            business.open_invoice(customer)
            business.rent(customer)
        # Settings are read again every two seconds, which is not of the list's making.
        with CaptureQueriesContext(connection) as captured:
            api.get(path, limit=200)
        # A statement that is prepared already is told without its text.
        asked = [query for query in captured.captured_queries if "foundation_setting" not in (query["sql"] or "")]
        assert len(asked) == queries
