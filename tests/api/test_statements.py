"""Statements of account over the API: pages that add up, files, and a mail that goes once."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tallystick.correspondence.models import Message
from tests.api.caller import Caller
from tests.api.conftest import TODAY, Business, a_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(business: Business, api: Caller) -> str:
    """The address of the statement of a customer with an invoice of 106.80, of which 50.00 are paid."""
    invoice = business.open_invoice(business.x)
    part = {"invoice": invoice, "amount_minor": 5000}
    made = api.post("/payments", a_payment(customer=business.cus_x, allocations=[part], description="Rent #secret"))
    assert made.status == 201
    return f"/customers/{business.cus_x}/statement"


def test_a_statement_comes_in_pages_that_add_up(path: str, api: Caller) -> None:
    whole = api.get(path).body
    (own,) = whole["balances"]
    assert (own["opening"]["owes_minor"], own["closing"]["owes_minor"], own["movements"]) == (0, 5680, 3)
    assert sum(each["open_minor"] for each in own["ageing"]) == 5680
    assert sorted(each["rule"] for each in whole["movements"]) == ["J02", "J04", "J08"]
    assert sum(each["change"]["owes_minor"] for each in whole["movements"]) == 5680
    assert (whole["until_date"], whole["from_date"], whole["next_cursor"]) == (TODAY, None, None)
    listed: list[Any] = []
    cursor = ""
    while cursor is not None:
        page = api.get(path, limit=1, **({"cursor": cursor} if cursor else {})).body
        assert page["balances"] == whole["balances"]
        listed += page["movements"]
        cursor = page["next_cursor"]
    assert listed == whole["movements"]


def test_files_say_the_same_and_nothing_private(path: str, api: Caller) -> None:
    answer = api.get(f"{path}/csv")
    rows = list(csv.reader(io.StringIO(answer.raw.decode("utf-8-sig"))))
    assert sorted(row[4] for row in rows) == ["", "", "J02", "J04", "J08", "Rule"]
    assert rows[-1][-3:] == ["56.80", "0.00", "0.00"]
    assert b"secret" not in answer.raw
    assert answer.response["Content-Disposition"].startswith('attachment; filename="statement-C-')
    assert api.get(f"{path}/pdf").raw.startswith(b"%PDF")


def test_it_is_sent_once_under_one_key(path: str, api: Caller) -> None:
    first = api.post(f"{path}/send", {"until_date": TODAY}, key="once")
    assert first.body["sent_to"] == ["xavier.ltd@example.com"]
    assert api.post(f"{path}/send", {"until_date": TODAY}, key="once").replayed
    assert Message.objects.filter(kind="statement").count() == 1


def test_days_that_are_none_are_refused(path: str, api: Caller, traces: Any) -> None:
    before = traces()
    tomorrow = (datetime.now(tz=UTC) + timedelta(days=2)).date().isoformat()
    for query in ({"until_date": tomorrow}, {"known_on": tomorrow}, {"from_date": TODAY, "until_date": "2020-01-01"}):
        assert api.get(path, **query).status == 422
        assert api.get(f"{path}/csv", **query).status == 422
    assert api.get(path, cursor="WzEsMl0=").body["code"] == "cursor_not_accepted"
    assert api.post(f"{path}/send", {"until_date": tomorrow}).body["field"] == "until_date"
    assert traces() == before
