"""The catalogue and subscriptions over the API, as programs use them."""

from datetime import date, timedelta
from typing import Any

import pytest

from tallystick.foundation.uploads import LARGEST_BYTES
from tests.api.caller import Caller
from tests.api.conftest import TODAY, Business, row_counts

PDF = b"%PDF-1.7 signed"


def days_from_now(days: int) -> str:
    """This function will return a date around today."""
    return (date.fromisoformat(TODAY) + timedelta(days=days)).isoformat()


def test_the_catalogue_is_built_changed_and_archived(api: Caller, business: Business) -> None:
    product = api.post("/products", {"name": "Laptop", "description": "Rented"})
    assert (product.status, product.body["archived_at"]) == (201, None)
    again = api.post("/products", {"name": "laptop"})
    assert (again.status, again.body["code"], again.body["field"]) == (409, "catalog_name_taken", "name")
    path = f"/products/{product.body['id']}"
    renamed = api.patch(path, {"name": "Notebook"})
    assert (renamed.body["name"], renamed.body["description"]) == ("Notebook", "Rented")

    new = {"product": product.body["id"], "name": "Pro 16", "cost_minor": 200000, "cost_currency": "EUR"}
    variant = api.post("/variants", new).body
    assert (variant["cost_minor"], variant["product_name"]) == (200000, "Notebook")
    half = api.patch(f"/variants/{variant['id']}", {"cost_minor": 5})
    assert half.status == 422
    assert business.caller(customer=business.x).get(f"/variants/{variant['id']}").body["cost_minor"] is None

    priced = {"variant": variant["id"], "currency": "EUR", "frequency": "monthly", "amount_minor": 8900}
    price = api.post("/prices", {**priced, "tax_rate": business.tax_rate})
    assert (price.status, price.body["includes_tax"]) == (201, False)
    twice = api.post("/prices", {**priced, "tax_rate": business.tax_rate})
    assert (twice.status, twice.body["code"], twice.body["frequency"]) == (409, "price_exists", "monthly")
    changed = api.post(f"/prices/{price.body['id']}/change", {"amount_minor": 9900})
    assert (changed.status, changed.body["amount_minor"]) == (201, 9900)
    assert changed.body["id"] != price.body["id"]
    assert [each["id"] for each in api.get("/prices", product=product.body["id"]).body["data"]] == [changed.body["id"]]
    assert len(api.get("/prices", with_archived="true", variant=variant["id"]).body["data"]) == 2

    assert api.post(f"{path}/archive").body["archived_at"] is not None
    gone = api.post(f"{path}/archive")
    assert (gone.status, gone.body["code"], gone.body["kind"]) == (409, "archived", "product")
    assert api.get("/prices").body["data"] == []
    assert api.get("/products").body["data"] == []
    assert api.get("/products", with_archived="true", search="note").body["data"] == [api.get(path).body]


def test_a_tax_rate_is_added_and_archived(api: Caller, business: Business) -> None:
    made = api.post("/tax_rates", {"name": "VAT 5.5 %", "percent": "5.5", "country": "FR"})
    assert (made.status, made.body["percent"], made.body["archived"]) == (201, "5.5000", False)
    for wrong in ({"percent": "101"}, {"percent": 5}, {"category": "zero"}, {"country": "fr"}):
        assert api.post("/tax_rates", {"name": "Wrong", "percent": "5", **wrong}).status == 422
    path = f"/tax_rates/{made.body['id']}"
    assert api.post(f"{path}/archive").body["archived"] is True
    assert made.body["id"] not in {each["id"] for each in api.get("/tax_rates").body["data"]}
    assert api.get("/tax_rates", with_archived="true").body["data"][-1] == api.get(path).body
    line = {"description": "A", "quantity": "1", "unit_price_minor": 100, "tax_rate": made.body["id"]}
    refused = api.post("/invoices", {"customer": business.cus_x, "currency": "EUR", "lines": [line]})
    assert (refused.status, refused.body["code"]) == (409, "archived")


def test_a_subscription_goes_from_draft_to_its_payments(api: Caller, business: Business) -> None:
    _, variant, price = business.offered()
    draft = api.post(
        "/subscriptions",
        {
            "customer": business.cus_x,
            "price": price,
            "start_date": TODAY,
            "quantity": "2",
            "contract_months": 12,
            "early_return_fee_minor": 5000,
            "remark": "By phone",
        },
    )
    assert draft.status == 201
    assert b"By phone" not in draft.raw
    told = draft.body
    assert (told["state"], told["quantity"], told["total_minor"], told["monthly_minor"]) == (
        "draft",
        "2.0000",
        21360,
        21360,
    )
    path = f"/subscriptions/{told['id']}"
    assert api.get(f"{path}/upcoming", limit=3).body["contract_total_minor"] == 12 * 21360
    assert api.patch(path, {"quantity": "1"}).body["total_minor"] == 10680

    active = api.post(f"{path}/activate").body
    assert (active["state"], active["next_period_start"] > TODAY) == ("active", True)
    coming = api.get(f"{path}/upcoming", limit=200).body
    assert (len(coming["data"]), coming["contract_total_minor"]) == (11, 12 * 10680)
    (period,) = api.get(f"{path}/periods").body["data"]
    invoice = api.get(f"/invoices/{period['invoice']}").body
    (line,) = invoice["lines"]
    assert (line["subscription"], line["period_start"], line["arithmetic"]) == (told["id"], TODAY, None)
    reference = {
        "id": told["id"],
        "number": told["number"],
        "description": told["description"],
        "monthly_minor": 10680,
        "currency": "EUR",
    }
    assert invoice["subscription"] == reference
    (payment,) = api.get("/payments", kind="scheduled").body["data"]
    assert (payment["invoice"], payment["subscription"]) == (invoice["id"], reference)
    receipt = api.post(
        "/payments",
        {
            "total_minor": 10680,
            "currency": "EUR",
            "customer": business.cus_x,
            "allocations": [{"invoice": invoice["id"]}],
        },
    ).body
    assert receipt["subscription"] == reference
    income = api.get(f"{path}/income").body
    assert income == {"currency": "EUR", "income_minor": 8900, "cost_minor": None, "recovered_percent": None}
    api.patch(f"/variants/{variant}", {"cost_minor": 24000, "cost_currency": "EUR"})
    assert api.get(f"{path}/income").body["recovered_percent"] == "37.08"
    assert business.caller(customer=business.x).get(f"{path}/income").body["recovered_percent"] is None


def test_a_plan_is_changed_after_its_preview(api: Caller, business: Business) -> None:
    path = f"/subscriptions/{business.rent(business.x)}"
    told = api.get(f"{path}/preview_change", quantity="3").body
    assert [line["net_minor"] for line in told["lines"]] == [-8900, 26700]
    assert (told["document"], told["total_minor"], told["payer"]) == ("invoice", 21360, business.cus_x)
    body = {"quantity": "3", "preview": told["preview"]}
    stale = api.post(f"{path}/change", {**body, "quantity": "4"})
    assert (stale.status, stale.body["code"], stale.body["field"]) == (409, "preview_out_of_date", "preview")
    changed = api.post(f"{path}/change", body)
    assert (changed.status, changed.body["quantity"]) == (200, "3.0000")
    assert [each["period_end"] for each in api.get(f"{path}/periods").body["data"]][-1] == TODAY
    same = api.get(f"{path}/preview_change")
    assert (same.status, same.body["field"]) == (422, "price")

    later = api.get(f"{path}/preview_change", quantity="1", when="renewal").body
    waits = api.post(f"{path}/change", {"quantity": "1", "when": "renewal", "preview": later["preview"]}).body
    assert waits["waiting_change"]["quantity"] == "1.0000"
    assert api.post(f"{path}/withdraw_change").body["waiting_change"] is None
    assert api.post(f"{path}/withdraw_change").status == 404


def test_a_subscription_is_cancelled_after_its_preview(api: Caller, business: Business) -> None:
    path = f"/subscriptions/{business.rent(business.x)}"
    asked = {"when": "date", "end_date": days_from_now(10), "credits_unused": "true"}
    told = api.get(f"{path}/preview_cancel", **asked).body
    assert (told["end_date"], told["fee"], len(told["unused"])) == (days_from_now(10), None, 1)
    assert told["credit_total_minor"] == told["unused"][0]["total_minor"] == told["credits"][0]["total_minor"]
    body = {"reason": "Sent back", "when": "date", "end_date": days_from_now(10), "credits_unused": True}
    ended = api.post(f"{path}/cancel", {**body, "preview": told["preview"]})
    assert (ended.status, ended.body["state"], ended.body["end_date"]) == (200, "active", days_from_now(10))
    again = api.post(f"{path}/cancel", {**body, "preview": told["preview"]})
    assert (again.status, again.body["code"]) == (409, "subscription_is_cancelled")


def test_a_service_rests_and_goes_on(api: Caller, business: Business) -> None:
    path = f"/subscriptions/{business.rent(business.x)}"
    paused = api.post(f"{path}/pause", {"resume_date": days_from_now(40)}).body
    assert (paused["state"], paused["paused_date"], paused["resume_date"]) == ("paused", TODAY, days_from_now(40))
    assert api.get(f"{path}/upcoming", limit=1).body["data"][0]["period_start"] == days_from_now(40)
    assert api.post(f"{path}/resume", {}).body["state"] == "active"
    assert api.post(f"{path}/suspend", {"reason": "Overdue"}).body["state"] == "suspended"
    refused = api.post(f"{path}/pause", {})
    assert (refused.status, refused.body["code"], refused.body["state"]) == (
        409,
        "subscription_transition_refused",
        "suspended",
    )
    assert api.post(f"{path}/lift").body["state"] == "active"
    for wrong in ({"from_date": days_from_now(-1)}, {"resume_date": TODAY}):
        assert api.post(f"{path}/pause", wrong).status == 422


def test_lists_narrow_as_the_screens_do(api: Caller, business: Business) -> None:
    product, variant, price = business.offered()
    mine, theirs = business.rent(business.x, price), business.rent(business.y)
    draft = api.post("/subscriptions", {"customer": business.cus_y, "price": price, "start_date": TODAY}).body
    api.post(f"/subscriptions/{mine}/pause", {})

    def found(**query: str) -> set[str]:
        return {each["id"] for each in api.get("/subscriptions", **query).body["data"]}

    assert found() == {mine, theirs, draft["id"]}
    assert found(state="paused") == {mine}
    assert found(state="draft") == found(search=draft["number"]) == {draft["id"]}
    assert found(variant=variant) == found(product=product) == found(price=price) == {mine, draft["id"]}
    assert found(customer=business.cus_y) == found(search="yvonne") == {theirs, draft["id"]}
    narrow = business.caller(customer=business.x)
    assert {each["id"] for each in narrow.get("/subscriptions").body["data"]} == {mine}


def test_a_contract_is_kept_downloaded_and_removed(api: Caller, business: Business) -> None:
    path = f"/subscriptions/{business.rent(business.x)}/files"
    kept = api.upload(path, "C:\\papers\\contract.pdf", PDF, key="once")
    assert (kept.status, kept.body["name"], kept.body["media_type"]) == (201, "contract.pdf", "application/pdf")
    assert (kept.body["size"], len(kept.body["sha256"])) == (len(PDF), 64)
    assert api.upload(path, "C:\\papers\\contract.pdf", PDF, key="once").replayed
    assert api.upload(path, "contract.pdf", PDF + b"!", key="once").body["code"] == "idempotency_key_reused"
    assert api.get(path).body["data"] == [kept.body]
    taken = api.get(f"{path}/{kept.body['id']}")
    assert (taken.raw, taken.response["Content-Disposition"]) == (PDF, 'attachment; filename="contract.pdf"')
    assert taken.response["X-Content-Type-Options"] == "nosniff"
    assert api.post(f"{path}/{kept.body['id']}/remove").body["data"] == []
    assert api.get(f"{path}/{kept.body['id']}").status == 404
    assert api.post(f"{path}/{kept.body['id']}/remove").status == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("contract.pdf", b""),
        ("contract.pdf", b"<html><script>alert(1)</script>"),
        ("contract.pdf", b"MZ\x90\x00"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("contract.pdf", b"PK\x03\x04%PDF-1.7"),
        ("contract.pdf", b"%PDF-" + b"x" * LARGEST_BYTES),
        ("4242 4242 4242 4242.pdf", PDF),
        ("x" * 201, PDF),
    ],
)
def test_what_is_no_contract_is_refused(api: Caller, business: Business, name: str, content: bytes) -> None:
    path = f"/subscriptions/{business.rent(business.x)}/files"
    before = row_counts()
    refused = api.upload(path, name, content)
    assert (refused.status, refused.body["field"]) == (422, "file")
    assert row_counts() == before


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n0", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"II*\x00", "image/tiff"),
        (b"RIFF\x00\x00\x00\x00WEBP", "image/webp"),
    ],
)
def test_pictures_are_known_by_their_content(api: Caller, business: Business, content: bytes, media_type: str) -> None:
    path = f"/subscriptions/{business.rent(business.x)}/files"
    assert api.upload(path, "contract.pdf", content).body["media_type"] == media_type


def test_a_file_comes_as_a_form_of_one_file(api: Caller, business: Business) -> None:
    path = f"/subscriptions/{business.rent(business.x)}/files"
    for body, content_type in (
        (b"{}", "application/json"),
        (b"--x--", "multipart/form-data; boundary="),
        (PDF, "application/pdf"),
    ):
        refused = api.send("post", path, body, key="k", content_type=content_type)
        assert (refused.status, refused.body["code"]) == (422, "contract_file_not_accepted")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"price": "prc_1"}, None),
        ({"start_date": "9999-12-31"}, "start_date"),
        ({"start_date": "1999-01-01"}, "start_date"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": 1}, "quantity"),
        ({"trial_days": 3651}, "trial_days"),
        ({"trial_days": 1, "trial_until": TODAY}, "trial_until"),
        ({"trial_until": "2001-01-01"}, "trial_until"),
        ({"trial_until": "2999-01-01"}, "trial_until"),
        ({"billing_day": 32}, "billing_day"),
        ({"contract_months": 0}, "contract_months"),
        ({"contract_months": 601}, "contract_months"),
        ({"collection": "never"}, "collection"),
        ({"early_return_fee_minor": -1}, "early_return_fee_minor"),
    ],
)
def test_each_term_says_what_is_wrong_with_it(
    api: Caller, business: Business, changes: dict[str, Any], field: str | None
) -> None:
    price = business.offered()[2]
    before = row_counts()
    refused = api.post("/subscriptions", {"customer": business.cus_x, "price": price, "start_date": TODAY, **changes})
    assert refused.status == (422 if field else 404)
    assert refused.body.get("field") == field
    assert row_counts() == before


def test_a_price_increase_is_counted_before_it_is_made(api: Caller, business: Business) -> None:
    price = business.offered()[2]
    for customer in (business.x, business.y):
        business.rent(customer, price)
    dearer = api.post(f"/prices/{price}/change", {"amount_minor": 9900}).body["id"]
    told = api.get(f"/prices/{price}/preview_move", to=dearer)
    assert (told.body["subscriptions"], told.body["left_out"]) == (2, 0)
    assert api.post(f"/prices/{price}/move", {"to": dearer}).body == told.body
    rows = api.get("/subscriptions").body["data"]
    assert [row["waiting_change"]["price"] for row in rows] == [dearer, dearer]
    assert [row["unit_price_minor"] for row in rows] == [8900, 8900]
