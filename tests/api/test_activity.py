"""The activity of a month over the API: what each event is about, and months that are refused."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.api.caller import Caller
from tests.api.conftest import TODAY, Business, a_payment

pytestmark = pytest.mark.django_db


def events(api: Caller, customer: str, month: str) -> list[tuple[str, dict[str, Any]]]:
    """This function will return the events of a month, each with its day."""
    answer = api.get(f"/customers/{customer}/activity", month=month)
    assert (answer.status, answer.body["customer"], answer.body["month"]) == (200, customer, month)
    return [(day["date"], each) for day in answer.body["days"] for each in day["events"]]


def test_each_event_names_what_it_is_about(business: Business, api: Caller) -> None:
    invoice = business.open_invoice(business.x)
    made = api.post("/payments", a_payment(customer=business.cus_x, description="Rent #secret"))
    subscription = business.rent(business.x)
    found = events(api, business.cus_x, TODAY[:7])
    by_kind = {(each["kind"], each["invoice"]): (day, each) for day, each in found}
    day, issued = by_kind["invoice", invoice]
    assert (day, issued["amount_minor"], issued["currency"], issued["status"]) == (TODAY, 10680, "EUR", None)
    (paid,) = [each for _day, each in found if each["kind"] == "payment"]
    assert (paid["payment"], paid["name"], paid["status"]) == (made.body["id"], "Rent", "completed")
    next_month = (date.fromisoformat(TODAY).replace(day=1) + timedelta(days=40)).strftime("%Y-%m")
    (renewal,) = [each for _day, each in events(api, business.cus_x, next_month) if each["kind"] == "renewal"]
    assert (renewal["subscription"], renewal["amount_minor"], renewal["billed_to_group"]) == (
        subscription,
        10680,
        False,
    )
    assert events(api, business.cus_y, TODAY[:7]) == []


def test_this_month_is_the_one_when_none_is_named(business: Business, api: Caller) -> None:
    answer = api.get(f"/customers/{business.cus_x}/activity")
    assert (answer.status, answer.body["month"]) == (200, datetime.now(tz=UTC).strftime("%Y-%m"))
    assert (answer.body["days"], answer.body["next_charges"]) == ([], None)


@pytest.mark.parametrize("month", ["2026-13", "soon", "2026-1", "1999-01"])
def test_a_month_that_is_none_is_refused(business: Business, api: Caller, month: str) -> None:
    answer = api.get(f"/customers/{business.cus_x}/activity", month=month)
    assert (answer.status, answer.body["field"]) == (422, "month")
