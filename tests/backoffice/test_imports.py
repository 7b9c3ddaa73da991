"""A CSV of receipts in the back office: uploaded, columns named, looked at, recorded, its result downloaded."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry, IdempotencyRecord
from tallystick.interfaces.jobs import payments as jobs
from tallystick.payments import import_queries, lists
from tallystick.payments.filters import PaymentFilter
from tests.backoffice.business import Business, uid

pytestmark = pytest.mark.django_db

Signed = Callable[[str], Client]
FILE = (
    "Date,Customer,Amount,Reference\n"
    '2026-01-03,Acme Corp,"1,250.00",TRX 1\n'
    "2026-01-04,Nobody,7.00,=HYPERLINK()\n"
    '2026-01-03,Acme Corp,"1,250.00",TRX 1\n'
)
COLUMNS = {
    "column_date": "0",
    "column_customer": "1",
    "column_amount": "2",
    "column_reference": "3",
    "decimal_mark": ".",
    "date_order": "ymd",
    "currency": "EUR",
    "method": "cheque",
    "status": "completed",
}


def url(name: str, *arguments: Any) -> str:
    return reverse(f"office:{name}", args=arguments)


def post(client: Client, address: str, **data: Any) -> Any:
    return client.post(address, {"idempotency_key": str(uuid.uuid4()), **data})


def upload(client: Client, content: str = FILE) -> Any:
    return post(client, url("upload-payments"), file=SimpleUploadedFile("march.csv", content.encode()))


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_file_is_looked_at_and_recorded_once(business: Business, as_role: Signed) -> None:
    acme = business.customer("Acme Corp")
    finance = as_role("Finance")
    assert "Upload a file" in text_of(finance.get(url("payment-imports")))
    answer = upload(finance)
    public = answer["Location"].split("/")[-3]
    assert answer["Location"] == url("import-columns", public)
    form = finance.get(answer["Location"]).content.decode()
    assert '<option value="2" selected>Amount' in form, "proposed by the headings"
    assert "1,250.00" in form
    answer = post(finance, url("import-columns", public), **COLUMNS)
    assert answer["Location"] == url("payment-import", public)
    page = text_of(finance.get(answer["Location"]))
    assert "Record one payment" in page
    assert "No customer has the number, name or address “Nobody”." in page
    assert "It looks like line 2 of this file." in page
    assert lists.payments_page(PaymentFilter()).rows == []

    answer = post(finance, url("import-allow", public, 4), allows="on")
    assert answer.status_code == 302
    page = text_of(finance.get(url("payment-import", public)))
    assert "Record 2 payments" in page
    key = str(uuid.uuid4())
    for _ in range(2):
        assert post(finance, url("import-record", public), idempotency_key=key).status_code == 302
    assert "being recorded" in text_of(finance.get(url("payment-import", public)))
    do_jobs()
    page = text_of(finance.get(url("payment-import", public)))
    assert "2 payments are recorded." in page
    rows = lists.payments_page(PaymentFilter()).rows
    assert [(row["customer_id"], row["total_minor"], row["method"]) for row in rows] == [(acme, 125_000, "cheque")] * 2
    result = b"".join(finance.get(url("import-file", public)).streaming_content).decode()  # type: ignore[attr-defined]
    assert result.splitlines()[0].endswith("Line,State,Why,Payment,Date,Customer,Amount,Reference")
    assert "'=HYPERLINK()" in result
    assert public_id("pay", rows[0]["id"]) in result
    listed = text_of(finance.get(url("payment-imports")))
    assert "march.csv" in listed
    assert "Finished" in listed


def do_jobs() -> None:
    """This function will do the waiting jobs of imports on the test's own connection."""
    waiting = list(ProcrastinateJob.objects.filter(task_name="payments.import", status="todo").order_by("id"))
    assert waiting
    for job in waiting:
        jobs.record_import(**job.args)


def test_who_may_not_record_sees_and_uploads_nothing(business: Business, as_role: Signed) -> None:
    public = upload(as_role("Finance"))["Location"].split("/")[-3]
    before = (AuditEntry.objects.count(), IdempotencyRecord.objects.count())
    stranger = as_role("Read-only")
    for address in (url("payment-imports"), url("payment-import", public), url("import-file", public)):
        assert stranger.get(address).status_code == 403
    assert upload(stranger).status_code == 403
    assert post(stranger, url("import-columns", public), **COLUMNS).status_code == 403
    assert post(stranger, url("import-record", public)).status_code == 403
    assert post(stranger, url("import-allow", public, 4), allows="on").status_code == 403
    assert (AuditEntry.objects.count(), IdempotencyRecord.objects.count()) == before
    assert len(import_queries.imports_page().rows) == 1


def test_support_may_look_and_record_promises_only(business: Business, as_role: Signed) -> None:
    business.customer("Acme Corp")
    support = as_role("Support")
    public = upload(support)["Location"].split("/")[-3]
    form = support.get(url("import-columns", public)).content.decode()
    assert 'value="completed"' not in form
    assert post(support, url("import-columns", public), **COLUMNS).status_code == 422
    post(as_role("Finance"), url("import-columns", public), **COLUMNS)
    assert "Only somebody who may complete payments" in text_of(support.get(url("payment-import", public)))
    assert post(support, url("import-record", public)).status_code == 403
    post(support, url("import-columns", public), **{**COLUMNS, "status": "pending"})
    post(support, url("import-record", public))
    do_jobs()
    assert [row["status"] for row in lists.payments_page(PaymentFilter()).rows] == ["pending"]
    assert import_queries.one_import(uid(public))["finished_at"] is not None


def test_a_file_that_is_no_table_is_refused_beside_the_field(business: Business, as_role: Signed) -> None:
    answer = upload(as_role("Finance"), "Amount\n5\n")
    assert answer.status_code == 422
    assert "Only one column was found." in text_of(answer)
    assert import_queries.imports_page().rows == []
