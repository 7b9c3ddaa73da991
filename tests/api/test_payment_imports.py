"""A CSV of receipts over the API: the same steps as in the back office."""

from collections.abc import Callable

from tallystick.interfaces.jobs import payments as jobs
from tests.api.caller import Caller
from tests.api.conftest import Business
from tests.api.things import A_MAPPING, A_TABLE


def test_a_file_is_uploaded_read_and_recorded(business: Business, api: Caller) -> None:
    made = api.upload("/payment_imports", *A_TABLE, key="march")
    assert (made.status, made.body["state"], made.body["lines"]["unread"]) == (201, "uploaded", 2)
    assert api.upload("/payment_imports", *A_TABLE, key="march").replayed
    path = f"/payment_imports/{made.body['id']}"
    early = api.post(f"{path}/record")
    assert (early.status, early.body["code"]) == (409, "import_not_read")
    read = api.post(f"{path}/map", A_MAPPING).body
    assert (read["state"], read["lines"]["ready"], read["lines"]["duplicate"]) == ("read", 1, 1)
    [ready, alike] = api.get(f"{path}/lines").body["data"]
    assert (ready["line"], ready["total_minor"], ready["currency"]) == (2, 1250, "EUR")
    assert (alike["state"], alike["code"]) == ("duplicate", "duplicate_payment")
    allowed = api.post(f"{path}/allow_duplicates", {"lines": [3]}).body
    assert allowed["lines"]["allowed"] == 1
    assert api.post(f"{path}/record", key="once").body["state"] == "recording"
    assert api.post(f"{path}/record", key="once").replayed
    jobs.record_import(import_id=_inner(made.body["id"]))
    done = api.get(path).body
    assert (done["state"], done["lines"]["recorded"]) == ("finished", 2)
    recorded = api.get(f"{path}/lines", state="recorded").body["data"]
    assert {each["payment"] for each in recorded} == {each["id"] for each in api.get("/payments").body["data"]}
    assert [each["id"] for each in api.get("/payment_imports").body["data"]] == [made.body["id"]]


def _inner(public: str) -> str:
    return public.partition("_")[2]


def test_what_is_no_table_is_refused_without_a_trace(
    business: Business, api: Caller, traces: Callable[[], dict[str, int]]
) -> None:
    narrow = business.caller(customer=business.x)
    before = traces()
    refused = api.upload("/payment_imports", "x.csv", b"one column\n1\n")
    assert (refused.status, refused.body["code"], refused.body["field"]) == (422, "import_file_not_readable", "file")
    unsent = api.post("/payment_imports")
    assert (unsent.status, unsent.body["code"]) == (422, "import_file_not_readable")
    beyond = narrow.upload("/payment_imports", *A_TABLE)
    assert (beyond.status, beyond.body["code"]) == (403, "scope_too_narrow")
    assert traces() == before
