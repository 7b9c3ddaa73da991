"""Bill runs over the API: begun, watched, previewed, tried again."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tallystick.usecases import bill_run
from tallystick.wire.ids import bill_run_id_of, price_id_of, subscription_id_of
from tests.api.caller import Caller
from tests.api.conftest import TODAY, Business
from tests.scenarios.subscribers import rows, unbilled


def due(business: Business) -> str:
    """This function will return the public id of a subscription whose first period is due and not billed."""
    price = business.offered()[2]
    return public_id("sub", unbilled(business.x, price_id_of(price), start=TODAY))


def finish(run: str) -> None:
    """This function will do what the jobs of a run would."""
    bill_run.work(run_id=bill_run_id_of(run), number=0, at=datetime.now(tz=UTC))


def test_a_run_is_begun_watched_and_finished(api: Caller, business: Business) -> None:
    due(business)
    preview = api.post("/bill_runs/preview", {"as_of_date": TODAY})
    assert (preview.status, preview.body["billed"][0]["invoices"]) == (200, 1)

    begun = api.post("/bill_runs", {"as_of_date": TODAY}, key="run")
    assert (begun.status, begun.body["finished_at"], begun.body["billed"]) == (201, None, [])
    assert api.post("/bill_runs", {"as_of_date": TODAY}, key="run").body == begun.body
    run = begun.body["id"]
    assert len(rows("SELECT 1 FROM procrastinate_jobs WHERE task_name = 'billing.work'")) == bill_run.WORKERS
    finish(run)

    told = api.get(f"/bill_runs/{run}").body
    assert told["finished_at"] is not None
    assert told["billed"] == preview.body["billed"]
    assert told["started_by"] == "Program"
    assert [each["id"] for each in api.get("/bill_runs").body["data"]] == [run]
    assert api.get(f"/bill_runs/{run}/failures").body["data"] == []


def test_what_failed_is_told_and_tried_again(api: Caller, business: Business) -> None:
    subscription = due(business)
    currency = "UPDATE subscriptions_subscription SET currency = 'USD' WHERE id = %s RETURNING id"
    rows(currency, subscription_id_of(subscription))
    run = api.post("/bill_runs", {}).body["id"]
    finish(run)
    told = api.get(f"/bill_runs/{run}").body
    assert (told["failed"], told["failures"]) == (1, api.get(f"/bill_runs/{run}/failures").body["data"])
    (failure,) = told["failures"]
    assert (failure["subscription"], failure["billing_group"], failure["code"]) == (
        subscription,
        None,
        "no_exchange_rate",
    )
    assert failure["detail"].startswith("There is no exchange rate from USD to EUR")

    with transaction():
        ledger.set_rate(currency="USD", valid_from=date(2020, 1, 1), rate=Decimal("0.9"), source="Bank")
    again = api.post(f"/bill_runs/{run}/rerun")
    assert (again.status, again.body["finished_at"], again.body["failed"]) == (200, None, 0)
    refused = api.post(f"/bill_runs/{run}/rerun")
    assert (refused.status, refused.body["code"]) == (409, "bill_run_goes_on")
    finish(run)
    assert [each["currency"] for each in api.get(f"/bill_runs/{run}").body["billed"]] == ["USD"]
    assert api.post(f"/bill_runs/{run}/rerun").body["code"] == "nothing_failed"


def test_a_day_to_come_is_for_previews_alone(api: Caller, business: Business) -> None:
    later = (date.fromisoformat(TODAY) + timedelta(days=40)).isoformat()
    due(business)
    refused = api.post("/bill_runs", {"as_of_date": later})
    assert (refused.status, refused.body["field"]) == (422, "as_of_date")
    assert api.post("/bill_runs/preview", {"as_of_date": later}).body["billed"][0]["periods"] == 2
    too_late = api.post("/bill_runs/preview", {"as_of_date": "9999-12-31"})
    assert (too_late.status, too_late.body["field"]) == (422, "as_of_date")
    assert api.get("/bill_runs").body["data"] == []
