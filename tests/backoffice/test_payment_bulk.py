"""A clerk acts on chosen rows of the list, or on all that it shows, and sees what became of each."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tallystick.foundation import jobs
from tallystick.foundation.ids import public_id
from tallystick.payments import bulk as rows
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases import bulk, recombine
from tallystick.wire.ids import bulk_act_id_of
from tests.backoffice.business import SYSTEM, Business, moment

pytestmark = pytest.mark.django_db


def shown(payment_id: UUID) -> str:
    """A payment as the list names it."""
    return public_id("pay", payment_id)


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of the form that asks once more."""
    form = page[page.index('name="expected"') - 4000 :]
    return dict(re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', form))


def test_chosen_rows_are_marked_as_paid(business: Business, finance: Client) -> None:
    customer = business.customer()
    ids = [business.payment(customer, 1000 + number, status="pending") for number in range(3)]
    listed = finance.get("/office/payments/").content.decode()
    assert "Mark as Paid" in listed
    asked = finance.post(
        "/office/payments/bulk/", {"action": "mark_paid", "selected": [shown(ids[0]), shown(ids[2])], "list": ""}
    )
    page = asked.content.decode()
    assert "2 payments are chosen" in page
    sent: dict[str, Any] = {
        "action": "mark_paid",
        "selected": f"{shown(ids[0])} {shown(ids[2])}",
        "expected": "2",
        "received": moment().date().isoformat(),
        "method": "bank_transfer",
        "reference": "Statement 7",
        "idempotency_key": "once",
    }
    answer = finance.post("/office/payments/bulk/", sent)
    assert answer.status_code == 302
    result = finance.get(answer["Location"]).content.decode()
    assert "2 payments done" in result
    assert "refused" not in result.lower()
    found = {row["id"]: row["status"] for row in lists.payments_page(PaymentFilter()).rows}
    assert [found[each] for each in ids] == ["completed", "pending", "completed"]
    # Sent twice, it leads to the same act.
    assert finance.post("/office/payments/bulk/", sent)["Location"] == answer["Location"]


def test_all_that_a_list_shows_is_cancelled_and_refusals_are_told(business: Business, finance: Client) -> None:
    customer, other = business.customer(), business.customer("Other")
    ids = [business.payment(customer, 1000 + number, status="pending") for number in range(2)]
    business.invoice(customer, 5000)
    kept = business.payment(other, 1000, status="pending")
    address = f"/office/payments/bulk/?customer_page={public_id('cus', customer)}"
    page = finance.post(address, {"action": "cancel", "everything": "1", "list": "status=pending"}).content.decode()
    assert "3 payments are chosen" in page
    sent = {"action": "cancel", "everything": "1", "expected": "3", "idempotency_key": "once"}
    sent["list"] = f"status=pending&customer_page={public_id('cus', customer)}"
    stale = finance.post("/office/payments/bulk/", {**sent, "expected": "2"})
    assert stale.status_code == 422
    result = finance.get(finance.post("/office/payments/bulk/", sent)["Location"]).content.decode()
    assert "2 payments done" in result
    assert "1 refused" in result
    assert "Void or credit the invoice instead" in result
    found = {row["id"]: row["status"] for row in lists.payments_page(PaymentFilter(kind="receipt")).rows}
    assert [found[each] for each in (*ids, kept)] == ["cancelled", "cancelled", "pending"]


def test_chosen_rows_are_given_as_a_file(business: Business, finance: Client) -> None:
    customer = business.customer()
    ids = [business.payment(customer, 1000 + number) for number in range(3)]
    answer: Any = finance.post("/office/payments/bulk/", {"action": "export", "selected": [shown(ids[1])], "list": ""})
    text = b"".join(answer.streaming_content).decode()
    assert text.count("\n") == 2
    assert shown(ids[1]) in text


def test_who_may_not_download_is_offered_no_file_and_refused(
    business: Business, as_role: Callable[[str], Client]
) -> None:
    payment = business.payment(business.customer(), 1000)
    for name, permissions in (("Looks", ["view", "audit.view"]), ("Loads", ["view", "audit.view", "download"])):
        recombine.create_role(actor=SYSTEM, at=moment(), name=name, permissions=permissions)
    for role, may in (("Looks", False), ("Loads", True)):
        client = as_role(role)
        for path, forms in (("payments", ("csv", "xlsx")), ("invoices", ("csv", "xlsx")), ("audit", ("csv",))):
            page = client.get(f"/office/{path}/").content.decode()
            assert ('value="export"' in page) is (may and path == "payments")
            for form in forms:
                assert (f"format={form}" in page) is may
                assert client.get(f"/office/{path}/", {"format": form}).status_code == (200 if may else 403)
        chosen = {"action": "export", "selected": [shown(payment)], "list": ""}
        assert client.post("/office/payments/bulk/", chosen).status_code == (200 if may else 403)


@pytest.mark.parametrize(("role", "offered"), [("Read-only", False), ("Support", False), ("Engineer", False)])
def test_who_may_not_is_offered_nothing_and_refused(
    business: Business, as_role: Callable[[str], Client], role: str, offered: bool
) -> None:
    payment = business.payment(business.customer(), 1000, status="pending")
    client = as_role(role)
    page = client.get("/office/payments/").content.decode()
    assert ('value="mark_paid"' in page) is offered
    for action, status in (("mark_paid", 403), ("cancel", 403), ("assign", 403), ("refund", 400), ("", 400)):
        answer = client.post("/office/payments/bulk/", {"action": action, "selected": [shown(payment)], "list": ""})
        assert answer.status_code == status, action
    [row] = lists.payments_page(PaymentFilter()).rows
    assert row["status"] == "pending"


def test_many_are_done_by_a_job_step_by_step(business: Business) -> None:
    customer = business.customer()
    count = bulk.AT_ONCE + 1
    for number in range(count):
        business.payment(customer, 100 + number, status="pending")
    told = bulk.begin_bulk_act(
        actor=SYSTEM,
        at=moment(),
        action="cancel",
        wanted=PaymentFilter(status="pending"),
        expected_count=count,
        idempotency_key="many",
    )
    act_id = bulk_act_id_of(told["id"])
    assert (told["waiting"], told["done"], told["finished_at"]) == (count, 0, None)
    assert jobs.worker_signs().waiting >= 1
    left = []
    for _ in range(3):
        bulk.work(act_id=act_id, at=moment())
        left.append(rows.act(act_id)["waiting"])
    assert left == [count - bulk.STEP, count - 2 * bulk.STEP, 0]
    assert rows.act(act_id)["finished_at"] is not None
    bulk.work(act_id=act_id, at=moment())
    assert rows.act(act_id)["done"] == count
    assert len(lists.payments_page(PaymentFilter(status="cancelled"), limit=200).rows) == 200
