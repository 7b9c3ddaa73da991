"""Customers who complete their own bank transfers: who may, up to how much, what it leaves behind (A16; model 7)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tallystick.correspondence.models import Message
from tallystick.foundation import settings_store
from tallystick.foundation.errors import InvalidField, NotAllowed
from tallystick.foundation.ids import new_id, public_id
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.months import months_after
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.jobs import mail
from tallystick.invoices import queries as invoices
from tallystick.ledger import periods
from tallystick.ledger.models import JournalEntry, Posting
from tallystick.payments import lists
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.states import PaymentTransitionRefused
from tallystick.usecases import allocate, enrol, promise, record
from tallystick.usecases.limits import COMPLETING_ABOVE
from tallystick.usecases.roles import ROLES
from tests.portal.conftest import ALL_RIGHTS, STAFF, Business, form_of, now, only_payment
from tests.trails import trail_of

pytestmark = pytest.mark.django_db

SUPPORT = Actor(kind="staff", id="sue", label="Sue", permissions=ROLES["Support"])


def trust(customer: UUID, cap: int = 20000, currency: str = "EUR", *, actor: Actor = STAFF, on: bool = True) -> None:
    """This function will let a customer complete its own transfers up to a cap, or not any more."""
    changes = {
        "completes_own_transfers": on,
        "own_transfer_cap_minor": cap,
        "own_transfer_cap_currency": currency,
    }
    enrol.change_customer(actor=actor, at=now(), customer_id=customer, changes=changes)


def promised(client: Client, customer: UUID, *invoice_ids: UUID) -> UUID:
    client.post("/portal/pay/", form_of(*invoice_ids, method="bank_transfer"))
    found: UUID = only_payment(customer)["id"]
    return found


def page_of(payment: UUID) -> str:
    return reverse("portal:payment", args=[public_id("pay", payment)])


def confirm(client: Client, payment: UUID, key: str = "", **told: str) -> HttpResponse:
    form = {"bank_has_sent_it": "on", "idempotency_key": key or str(new_id()), **told}
    path = reverse("portal:complete", args=[public_id("pay", payment)])
    return client.post(path, form, follow=True)  # type: ignore[return-value]


def traces() -> list[int]:
    return [model.objects.count() for model in (AuditEntry, JournalEntry, Posting, Message)]


def test_a_trusted_customer_completes_its_transfer_once(signed_in: tuple[Client, UUID], house: Business) -> None:
    browser, customer = signed_in
    trust(customer)
    invoice = house.invoice(customer)
    payment = promised(browser, customer, invoice)
    assert "Confirm the transfer" in browser.get(page_of(payment)).content.decode()
    for _ in range(2):
        page = confirm(browser, payment, "one-press").content.decode()
    assert "You confirmed that this transfer was sent." in page
    row = payments.payment(payment)
    assert (row["kind"], row["status"], row["confirmed_by_customer"]) == ("scheduled", "completed", True)
    assert (row["received_date"], row["receipt_number"][:2], row["allocated_minor"]) == (now().date(), "R-", 10680)
    assert invoices.invoice(invoice)["open_minor"] == 0
    posted = Posting.objects.filter(entry__rule="J04").values_list("account", "side", "amount_minor")
    assert set(posted) == {("1100", "D", 10680), ("2100", "C", 10680)}
    entry = trail_of(payment)[-1]
    assert (entry["action"], entry["actor_kind"], entry["actor_label"]) == (
        "complete_own_transfer",
        "contact",
        "Mary O'Neill",
    )
    assert [(each["event"], each["actor_label"]) for each in payments.timeline(payment)][-1] == (
        "complete",
        "Mary O'Neill",
    )
    mail.receipt(payment_id=str(payment))
    assert [each.recipient_email for each in Message.objects.filter(kind="receipt")] == ["ivory.sons@example.com"]
    # A new press: it is over.
    before = traces()
    assert "not a bank transfer that we are waiting for" in confirm(browser, payment).content.decode()
    assert traces() == before


def test_several_invoices_are_settled_and_a_receipt_goes_out(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    trust(customer)
    chosen = [house.invoice(customer, 1000), house.invoice(customer, 2000)]
    payment = promised(client, customer, *chosen)
    confirm(client, payment)
    assert [invoices.invoice(each)["open_minor"] for each in chosen] == [0, 0]
    row = payments.payment(payment)
    assert (row["kind"], row["reference"], row["unallocated_minor"]) == (
        "receipt",
        f"C-00001-{payment.hex[-6:].upper()}",
        0,
    )
    mail.receipt(payment_id=str(payment))
    assert Message.objects.filter(kind="receipt").count() == 1


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("switched off", "You cannot confirm bank transfers yourself"),
        ("above the cap", "above the amount that you may confirm yourself"),
        ("cap in another currency", "above the amount that you may confirm yourself"),
        ("needs a second person", "above the amount that you may confirm yourself"),
        ("taken back", "not a bank transfer that we are waiting for"),
        ("completed by staff", "not a bank transfer that we are waiting for"),
        ("no transfer", "not a bank transfer that we are waiting for"),
        ("not ticked", "Tick that your bank has sent the money"),
    ],
)
def test_what_may_not_be_confirmed_is_refused_without_a_trace(
    signed_in: tuple[Client, UUID], house: Business, why: str, said: str
) -> None:
    client, customer = signed_in
    trust(customer, 10680)
    invoice = house.invoice(customer)
    payment = promised(client, customer, invoice)
    form: dict[str, str] = {}
    told: dict[str, Any] = {"actor": STAFF, "at": now(), "payment_id": payment}
    match why:
        case "switched off":
            trust(customer, on=False)
        case "above the cap":
            trust(customer, 10679)
        case "cap in another currency":
            trust(customer, 20000, "USD")
        case "needs a second person":
            with transaction():
                settings_store.put(COMPLETING_ABOVE, {"minor": 10000, "currency": "EUR"})
        case "taken back":
            promise.withdraw_promise(**told)
        case "completed by staff":
            record.mark_paid(**told, received_date=now().date(), method="bank_transfer")
        case "no transfer":
            live = payments.live_scheduled(house.invoice(customer))
            assert live is not None
            payment = live["id"]
        case _:
            form = {"bank_has_sent_it": ""}
    before, row = traces(), payments.payment(payment)
    page = client.get(page_of(payment)).content.decode()
    assert ("Confirm the transfer" in page) is (why == "not ticked")
    assert said in confirm(client, payment, **form).content.decode()
    assert (traces(), payments.payment(payment)) == (before, row)


def test_only_contacts_who_may_pay_do_it(house: Business, client: Client) -> None:
    customer = house.customer(rights=[each for each in ALL_RIGHTS if each != "pay"])
    trust(customer)
    user = house.open_portal(customer)
    told: dict[str, Any] = {"at": now(), "customer_id": customer, "amounts": {house.invoice(customer): None}}
    shape = promise.promise_transfer(actor=STAFF, **told)
    payment = only_payment(customer)["id"]
    client.force_login(user)
    before = traces()
    assert "Confirm the transfer" not in client.get(page_of(payment)).content.decode()
    assert confirm(client, payment).status_code == 403
    link = Actor(
        kind="link",
        id="l",
        label="Link",
        permissions=frozenset({"payments.collect"}),
        scope=("customer", customer),
    )
    for actor in (STAFF, link):
        with pytest.raises(NotAllowed):
            promise.complete_own_transfer(actor=actor, at=now(), payment_id=payment)
    assert (traces(), shape["status"]) == (before, "pending")


def test_what_was_completed_so_is_found_and_reversed(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    trust(customer)
    invoice = house.invoice(customer)
    payment = promised(client, customer, invoice)
    wanted = PaymentFilter(confirmed_by_customer=True)
    assert lists.payments_page(wanted).rows == []
    confirm(client, payment)
    # Staff who are a moment late, or who approve what was asked before, complete it no second time.
    with pytest.raises(PaymentTransitionRefused):
        record.mark_paid(actor=STAFF, at=now(), payment_id=payment, received_date=now().date(), method="bank_transfer")
    assert [row["id"] for row in lists.payments_page(wanted).rows] == [payment]
    allocate.reverse_payment(actor=STAFF, at=now(), payment_id=payment, reason="It never came")
    assert lists.payments_page(wanted).rows == []
    assert invoices.invoice(invoice)["open_minor"] == 10680


def test_in_a_closed_period_it_posts_on_the_first_open_day(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    trust(customer)
    payment = promised(client, customer, house.invoice(customer))
    next_month = months_after(now().date(), 1, day=1)
    with transaction():
        # As the clock of another machine may have it.
        periods.close_month(now().date().replace(day=1), today=next_month, at=now() + timedelta(days=31), by="Somebody")
    confirm(client, payment)
    assert payments.payment(payment)["received_date"] == now().date()
    assert JournalEntry.objects.get(rule="J04").effective_date == next_month


@pytest.mark.parametrize(
    ("changes", "actor", "error"),
    [
        ({"completes_own_transfers": True}, STAFF, InvalidField),
        ({"own_transfer_cap_minor": 100}, STAFF, InvalidField),
        ({"own_transfer_cap_currency": "EUR"}, STAFF, InvalidField),
        ({"own_transfer_cap_minor": 0, "own_transfer_cap_currency": "EUR"}, STAFF, InvalidField),
        ({"own_transfer_cap_minor": 100, "own_transfer_cap_currency": "XXQ"}, STAFF, InvalidField),
        (
            {"completes_own_transfers": True, "own_transfer_cap_minor": 100, "own_transfer_cap_currency": "EUR"},
            SUPPORT,
            NotAllowed,
        ),
    ],
)
def test_trust_has_a_cap_and_is_given_by_who_may_complete(
    house: Business, changes: dict[str, Any], actor: Actor, error: type[Exception]
) -> None:
    customer = house.customer()
    before = traces()
    with pytest.raises(error):
        enrol.change_customer(actor=actor, at=now(), customer_id=customer, changes=changes)
    assert traces() == before


def test_the_trust_is_raised_by_who_may_complete_and_taken_by_anybody(house: Business) -> None:
    customer = house.customer()
    trust(customer, 5000)
    with pytest.raises(NotAllowed):
        trust(customer, 5001, actor=SUPPORT)
    # What else is changed does not ask for it, and taking it away does not either.
    enrol.change_customer(actor=SUPPORT, at=now(), customer_id=customer, changes={"city": "Galway"})
    trust(customer, 5000, on=False, actor=SUPPORT)
    shape = enrol.change_customer(actor=STAFF, at=now(), customer_id=customer, changes={"own_transfer_cap_minor": None})
    assert (shape["completes_own_transfers"], shape["own_transfer_cap_minor"], shape["own_transfer_cap_currency"]) == (
        False,
        None,
        None,
    )


def test_one_under_way_at_a_gateway_is_no_transfer(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    trust(customer)
    client.post("/portal/pay/", form_of(house.invoice(customer), method=account))
    payment = only_payment(customer)["id"]
    before = traces()
    assert "not a bank transfer that we are waiting for" in confirm(client, payment).content.decode()
    assert traces() == before
