"""Reports over the API: the same figures as the pages, each with the list that has the rows behind it."""

import pytest

from tests.api.caller import Caller
from tests.api.conftest import Business, a_payment

pytestmark = pytest.mark.django_db


def test_figures_name_the_list_whose_rows_sum_to_them(business: Business, api: Caller) -> None:
    business.open_invoice(business.x)
    api.post("/payments", a_payment(customer=business.cus_x))
    told = api.get("/reports/metrics", currency="EUR").body
    (part,) = told["parts"]
    (row,) = part["rows"]
    for name in ("income", "outstanding"):
        behind = row[name]["rows"]
        rows = api.get(f"/{behind['list']}", **behind["query"]).body["data"]
        assert sum(each["total_minor"] for each in rows) == row[name]["value"] > 0, name
    assert row["success"]["value"] == 10_000 * 1 // row["payments"]["value"]


def test_what_a_report_does_not_take_is_refused(business: Business, api: Caller) -> None:
    assert api.get("/reports/nothing").body["code"] == "report_unknown"
    assert api.get("/reports/metrics", as_of="2026-03-01").status == 422
    assert api.get("/reports/metrics", from_date="2026-03-02", until_date="2026-03-01").body["field"] == "until_date"
    assert api.get("/reports/metrics", currency="XXQ").body["field"] == "currency"


def test_a_key_of_one_customer_reads_no_report(business: Business) -> None:
    narrowed = business.caller("view", customer=business.y)
    assert narrowed.get("/reports").body == {"data": []}
    assert narrowed.get("/reports/metrics").body["code"] == "scope_too_narrow"
    assert business.caller("download").get("/reports/metrics").status == 403


def test_figures_of_the_books_name_what_explains_them(business: Business, api: Caller) -> None:
    business.open_invoice(business.x)
    told = api.get("/reports/aged-receivables", currency="EUR").body
    (part,) = told["parts"]
    (row,) = part["rows"]
    why = row["total"]["why"]
    assert why["number"] == "customer.owes"
    explained = api.get("/explain", number=why["number"], **why["query"]).body
    assert explained["amount_minor"] == row["total"]["value"] == part["total"]["total"]["value"] > 0
    (of_account,) = [
        row
        for part in api.get("/reports/trial-balance", currency="EUR").body["parts"]
        for row in part["rows"]
        if row["account"]["value"] == "1200"
    ]
    why = of_account["closing_minor"]["why"]
    explained = api.get("/explain", number=why["number"], **why["query"]).body
    assert explained["amount_minor"] == of_account["closing_minor"]["value"] == row["total"]["value"]
    refused = api.get("/explain", number="account.balance", currency="EUR")
    assert (refused.status, refused.body["field"]) == (422, "account")
