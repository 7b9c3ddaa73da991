"""What the customer takes along: the file of payments and the receipt."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.usecases import record
from tests.portal.conftest import STAFF, Business, form_of, now, only_payment, uid

pytestmark = pytest.mark.django_db


def test_the_file_holds_what_was_paid_and_runs_nothing(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    record.record_payment(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        total_minor=2500,
        currency="EUR",
        description="=HYPERLINK(1) #planted-private",
        remark="planted-remark",
        reference="@sum",
    )
    lines = b"".join(client.get("/portal/payments/file/").streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2
    assert lines[1].split(",")[1:] == [
        "25.00",
        "EUR",
        "Completed",
        "'=HYPERLINK(1)",
        lines[1].split(",")[5],
        "Bank transfer",
        "'@sum",
    ]
    row = only_payment(customer)
    pages = ["/portal/", "/portal/payments/", "/portal/payments/?q=planted-private", "/portal/payments/file/"]
    pages += [
        f"/portal/payments/{public_id('pay', row['id'])}/",
        f"/portal/payments/{public_id('pay', row['id'])}/receipt/",
    ]
    for path in pages:
        answer = client.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        assert b"planted-" not in body.replace(b'value="planted-private"', b"").replace(b"q=planted-private", b"")


def test_there_is_no_receipt_before_the_money(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    client.post("/portal/pay/", form_of(house.invoice(customer), method="bank_transfer"))
    public = public_id("pay", only_payment(customer)["id"])
    assert client.get(reverse("portal:receipt", args=[public])).status_code == 404
    assert uid("pay", public) == only_payment(customer)["id"]
