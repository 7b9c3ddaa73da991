"""Month end over the API: months of the calendar that have no room around them are refused."""

import pytest

from tests.api.conftest import Business

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("month", ["0001-01", "9999-12"])
def test_the_ends_of_the_calendar_are_no_months(business: Business, month: str) -> None:
    api = business.caller()
    body = {"month": month}
    for path in ("close", "revenue_run", "statements"):
        assert api.post(f"/month_end/{path}", body).status == 422, path
    assert api.get(f"/month_end?month={month}").status == 422
    assert api.post("/month_end/reopen", {**body, "reason": "Late bill"}).status == 422
    bought = {**body, "customer": business.cus_x, "currency": "EUR"}
    assert api.post("/purchase_tax_documents", bought).status == 422
