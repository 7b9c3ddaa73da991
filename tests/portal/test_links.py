"""Paying by a link, without signing in: what it opens, what it does not, and that looking changes nothing."""

import re
import uuid
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.jobs import mail
from tallystick.interfaces.portal.link_urls import urlpatterns
from tallystick.invoices import queries as invoices
from tallystick.payments import links
from tallystick.payments import queries as payments
from tallystick.payments.link_models import PaymentLink
from tallystick.payments.models import Attempt, Payment, PaymentEvent
from tallystick.payments.terms import PAYMENT_TERMS, terms_hash
from tallystick.usecases import bill, collect, payment_links, record
from tallystick.usecases.record import Part
from tests.portal.conftest import STAFF, Business, now, uid
from tests.portal.test_mails import text
from tests.sandbox_service import Account, SandboxService, pay
from tests.stored_cards import stored_card

pytestmark = pytest.mark.django_db
DECLINED = "4000000000009995"
_TOKENS = re.compile(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+')


@pytest.fixture(autouse=True)
def nobody_was_here(db: None) -> None:
    """What is sent through links is counted for each address; every story begins at none."""
    cache.clear()


@pytest.fixture
def invoice(house: Business) -> UUID:
    """An open invoice of 106.80."""
    return house.invoice(house.customer())


def link_to(invoice: UUID, *, days: int | None = None) -> str:
    """This function will make a link to an invoice and return its path."""
    shape = payment_links.make_payment_link(actor=STAFF, at=now(), invoice_id=invoice, days=days)
    return path_of(payment_links.address_of(uid("plk", shape["id"])))


def path_of(address: str) -> str:
    return address.removeprefix("http://localhost:8000")


def order(method: str, total: int = 10680, **more: str) -> dict[str, str]:
    """This function will return the form of a link as a browser sends it."""
    return {"method": method, "total": str(total), "idempotency_key": str(uuid.uuid4()), **more}


def failed(house: Business, account: str, *, several: bool = False) -> tuple[UUID, str]:
    """This function will have a payment declined, and return it and the path of the link in the mail about it."""
    customer = house.customer()
    wanted: dict[UUID, int | None] = {house.invoice(customer): None}
    if several:
        wanted[house.invoice(customer, 1000)] = None
    shape = collect.pay(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        amounts=wanted,
        account_id=uid("gwa", account),
        return_url="http://x.example",
    )
    attempt = shape["attempts"][-1]
    pay(attempt["action_url"], DECLINED)
    collect.ask(attempt_id=uid("att", attempt["id"]), at=now())
    mail.payment_failed(attempt_id=str(uid("att", attempt["id"])))
    [line] = [each for each in text("payment_failed").splitlines() if "/pay/" in each]
    return uid("pay", shape["id"]), path_of(line.strip())


def traces() -> list[int]:
    return [model.objects.count() for model in (Payment, PaymentEvent, Attempt, AuditEntry, PaymentLink)]


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_invoice_is_paid_from_its_mail_in_three_taps(
    client: Client, house: Business, account: str, merchant: Account
) -> None:
    invoice = house.invoice(house.customer())
    mail.invoice(invoice_id=str(invoice))
    mail.invoice(invoice_id=str(invoice))
    [line] = [each for each in text("invoice_issued").splitlines() if "/pay/" in each]
    path = path_of(line.strip())
    assert PaymentLink.objects.count() == 1
    page = client.get(path)
    for fact in ("€106.80", invoices.invoice(invoice)["number"], "Northwind Fibre", "Pay €106.80"):
        assert fact in page.content.decode()
    assert "Mary" not in page.content.decode()
    assert f"form-action 'self' {merchant.base_url}" in page["Content-Security-Policy"]
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("same-origin", "noindex, nofollow")
    assert "no-store" in page["Cache-Control"]
    sent = client.post(path, order(account))
    [attempt] = Attempt.objects.all()
    assert sent["Location"] == attempt.action_url
    # The gateway is told an address without the secret.
    token = path.split("/")[2]
    assert attempt.return_url == "http://localhost:8000/pay/return/{attempt}/"
    assert client.cookies["payment_link"]["path"] == "/pay/return/"
    assert client.cookies["payment_link"]["httponly"]
    pay(attempt.action_url)
    back = client.get(reverse("paylink:return", args=[public_id("att", attempt.id)]) + "?status=failed")
    assert back["Location"] == path
    assert "Paid. Thank you!" in shown(client, path)
    row = payments.payment(attempt.payment_id)
    assert (row["status"], row["allocated_minor"]) == ("completed", 10680)
    assert not AuditEntry.objects.filter(after__icontains=token).exists()
    by = AuditEntry.objects.get(action="start_attempt")
    assert (by.actor_kind, by.actor_label) == ("link", f"Payment link ({invoices.invoice(invoice)['number']})")
    # The back button: the form is gone, and its second press changes nothing.
    assert client.post(path, order(account)).status_code == 422
    assert Attempt.objects.count() == 1


def test_pressing_twice_pays_once(client: Client, invoice: UUID, account: str) -> None:
    path, form = link_to(invoice), order(account)
    first, second = client.post(path, form), client.post(path, form)
    assert first["Location"] == second["Location"]
    assert Attempt.objects.count() == 1
    page = shown(client, path)
    assert "This payment waits for you" in page
    assert "Pay €106.80" not in page


def test_a_link_that_is_over_looks_like_one_that_never_was(
    client: Client, house: Business, invoice: UUID, account: str
) -> None:
    expired, revoked, good = link_to(invoice, days=1), link_to(invoice), link_to(invoice)
    link = links.links_of_invoice(invoice)[1]
    PaymentLink.objects.filter(id=links.links_of_invoice(invoice)[2]["id"]).update(
        made_at=now() - timedelta(days=2), expires_at=now() - timedelta(seconds=1)
    )
    payment_links.revoke_payment_link(actor=STAFF, at=now(), invoice_id=invoice, link_id=link["id"])
    token = good.split("/")[2]
    tampered = good.replace(token, token[:-2] + ("A_" if token[-2:] != "A_" else "B-"))
    before = traces()
    bodies = set()
    for path in (expired, revoked, tampered, "/pay/nonsense/", f"/pay/{public_id('inv', invoice)}/"):
        for answer in (client.get(path), client.post(path, order(account)), client.get(f"{path}pdf/")):
            assert answer.status_code == 404
            bodies.add(_TOKENS.sub("", answer.content.decode()))
    assert len(bodies) == 1
    assert traces() == before
    assert client.get(good).status_code == 200


@pytest.mark.parametrize("name", [str(route.name) for route in urlpatterns if "token" in str(route.pattern)])
def test_every_page_of_links_is_closed_without_one(client: Client, db: None, name: str) -> None:
    for method in ("get", "post", "head"):
        answer = getattr(client, method)(reverse(f"paylink:{name}", args=["A" * 43]))
        assert answer.status_code in {404, 405}


def test_looking_changes_nothing(client: Client, house: Business, account: str, merchant: Account) -> None:
    _payment, path = failed(house, account)
    before = traces()
    for act in ("", "check/", "cancel/", "day/", "sent/", "withdraw/"):
        for look in (client.get, client.head, client.options):
            answer = look(f"{path}{act}")
            assert answer.status_code == (405 if act else 405 if look == client.options else 200)
    assert traces() == before
    assert len(merchant.get("/v1/payments").json()["data"]) == 1


def test_a_link_opens_its_own_thing_alone(client: Client, house: Business, account: str) -> None:
    customer = house.customer()
    mine, other = house.invoice(customer), house.invoice(customer, 2000)
    path = link_to(mine)
    page = shown(client, path)
    assert invoices.invoice(other)["number"] not in page
    # What else the form may say is not listened to.
    client.post(path, {**order(account), "invoice": public_id("inv", other), "payment_id": "pay_0"})
    [attempt] = Attempt.objects.all()
    assert payments.payment(attempt.payment_id)["invoice_id"] == mine
    for closed in ("/portal/", f"/portal/invoices/{public_id('inv', mine)}/", "/office/"):
        assert client.get(closed).status_code == 302
    # Another's try, with this browser's link: nothing is asked for it.
    elsewhere = house.invoice(house.customer("Somebody Else"))
    theirs = collect.pay(
        actor=STAFF,
        at=now(),
        customer_id=invoices.invoice(elsewhere)["customer_id"],
        amounts={elsewhere: None},
        account_id=uid("gwa", account),
        return_url="http://x.example",
    )["attempts"][-1]
    pay(theirs["action_url"])
    assert client.get(reverse("paylink:return", args=[theirs["id"]]))["Location"] == path
    assert payments.attempt(uid("att", theirs["id"]))["state"] == "action_required"


def test_without_its_cookie_the_way_back_tells_nothing(client: Client, invoice: UUID, account: str) -> None:
    client.post(link_to(invoice), order(account))
    [attempt] = Attempt.objects.all()
    pay(attempt.action_url)
    answer = Client().get(reverse("paylink:return", args=[public_id("att", attempt.id)]))
    assert answer.status_code == 200
    assert "Open the link in your mail again" in answer.content.decode()
    assert payments.attempt(attempt.id)["state"] == "action_required"


def test_who_is_signed_in_and_comes_back_without_a_link_is_led_to_the_portal(
    house: Business, account: str, client: Client
) -> None:
    customer = house.customer()
    shape = collect.pay(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        amounts={house.invoice(customer): None},
        account_id=uid("gwa", account),
        return_url="http://x.example",
    )
    public = shape["attempts"][-1]["id"]
    client.force_login(house.open_portal(customer))
    back = client.get(reverse("paylink:return", args=[public]))
    assert back["Location"] == reverse("portal:return", args=[public])


def test_the_document_comes_with_the_invoices_link_alone(client: Client, house: Business, account: str) -> None:
    _payment, path = failed(house, account)
    assert client.get(f"{path}pdf/").status_code == 404
    other = link_to(house.invoice(house.customer("Somebody Else")))
    assert client.get(f"{other}pdf/").content.startswith(b"%PDF")


def test_a_failed_payment_says_why_and_is_paid_by_its_link(
    client: Client, house: Business, account: str, merchant: Account
) -> None:
    payment, path = failed(house, account)
    page = shown(client, path)
    assert "There was not enough money in the account." in page
    assert "Pay €106.80" in page
    client.post(path, order(account))
    attempt = Attempt.objects.order_by("created_at").last()
    assert attempt is not None
    assert attempt.payment_id == payment
    pay(attempt.action_url)
    client.get(reverse("paylink:return", args=[public_id("att", attempt.id)]))
    assert "Paid. Thank you!" in shown(client, path)
    assert payments.payment(payment)["status"] == "completed"


def test_a_failed_payment_of_several_invoices_is_tried_again_as_it_was(
    client: Client, house: Business, account: str, merchant: Account
) -> None:
    payment, path = failed(house, account, several=True)
    assert "Pay €118.80" in shown(client, path)
    client.post(path, order(account, 11880))
    attempt = Attempt.objects.order_by("created_at").last()
    assert attempt is not None
    assert (attempt.payment_id, attempt.amount_minor) == (payment, 11880)
    pay(attempt.action_url)
    client.post(f"{path}check/")
    assert "Paid. Thank you!" in shown(client, path)


@pytest.mark.parametrize("several", [False, True])
def test_what_was_paid_by_another_road_is_told_and_not_taken_again(
    client: Client, house: Business, account: str, several: bool
) -> None:
    payment, path = failed(house, account, several=several)
    row = payments.payment(payment)
    total = 11880 if several else 10680
    owed = [each["id"] for each in invoices.open_invoices(row["customer_id"])]
    record.record_payment(
        actor=STAFF,
        at=now(),
        customer_id=row["customer_id"],
        total_minor=total,
        currency="EUR",
        parts=[Part(invoice_id=each) for each in owed],
        method="cash",
    )
    page = shown(client, path)
    assert "left to pay" in page
    assert f"Pay €{total / 100:.2f}" not in page
    assert client.post(path, order(account, total)).status_code == 422
    assert Attempt.objects.count() == 1


def test_a_changed_sum_is_shown_before_it_is_paid(client: Client, house: Business, invoice: UUID, account: str) -> None:
    path = link_to(invoice)
    bill.issue_credit_note(actor=STAFF, at=now(), invoice_id=invoice, reason="Part", gross_minor=680)
    answer = client.post(path, order(account))
    assert answer.status_code == 422
    assert "What is to be paid has changed." in answer.content.decode()
    assert "Pay €100.00" in answer.content.decode()
    assert not Attempt.objects.exists()


def test_an_unknown_outcome_is_not_paid_again(
    client: Client, invoice: UUID, account: str, sandbox: SandboxService
) -> None:
    path = link_to(invoice)
    client.post(path, order(account))
    [attempt] = Attempt.objects.all()
    sandbox.kill()
    try:
        client.get(reverse("paylink:return", args=[public_id("att", attempt.id)]))
        page = shown(client, path)
        assert "Please do not pay again." in page
        assert "Pay €106.80" not in page
        assert client.post(path, order(account)).status_code == 422
        assert Attempt.objects.count() == 1
    finally:
        sandbox.start()
    pay(attempt.action_url)
    client.post(f"{path}check/")
    assert "Paid. Thank you!" in shown(client, path)


def test_a_checkout_is_given_up_and_another_way_taken(client: Client, invoice: UUID, account: str) -> None:
    path = link_to(invoice)
    client.post(path, order(account))
    assert client.post(f"{path}cancel/")["Location"] == path
    assert "Pay €106.80" in shown(client, path)
    client.post(path, order("bank_transfer"))
    page = shown(client, path)
    assert "DE89" in page.replace(" ", "")
    assert "Pay €106.80" not in page
    client.post(f"{path}sent/", {"reference": "My bank 7"})
    assert "You told us that you have sent it" in shown(client, path)
    client.post(f"{path}withdraw/")
    assert "Pay €106.80" in shown(client, path)


def test_terms_are_accepted_by_whoever_pays(client: Client, invoice: UUID, account: str) -> None:
    with transaction():
        settings_store.put(PAYMENT_TERMS, "Paid is paid.")
    path = link_to(invoice)
    assert "Paid is paid." in shown(client, path)
    assert client.post(path, order(account, terms_sha256=terms_hash("Other"))).status_code == 422
    assert not Attempt.objects.exists()
    assert client.post(path, order(account, terms_sha256=terms_hash("Paid is paid."))).status_code == 302


@pytest.mark.parametrize("form", [{"method": "cash"}, {"method": ""}, {"total": "0"}, {"total": "-5"}, {"total": "x"}])
def test_what_cannot_be_paid_is_refused_without_a_trace(
    client: Client, invoice: UUID, account: str, form: dict[str, Any]
) -> None:
    path = link_to(invoice)
    before = traces()
    assert client.post(path, order(account) | form).status_code == 422
    assert traces() == before


def test_a_card_of_the_customer_is_not_anybodys(client: Client, house: Business, account: str) -> None:
    customer = house.customer()
    card = public_id("pmt", stored_card(customer, uid("gwa", account)))
    path = link_to(house.invoice(customer))
    assert "•••• 4242" not in shown(client, path)
    assert client.post(path, order(card)).status_code == 422
    assert not Attempt.objects.exists()


def test_too_many_tries_are_slowed_down(client: Client, invoice: UUID, account: str) -> None:
    path = link_to(invoice)
    codes = [client.post(path, order("cash")).status_code for _ in range(21)]
    assert codes == [422] * 20 + [429]


def test_a_form_from_elsewhere_is_refused(invoice: UUID, account: str) -> None:
    strict, path = Client(enforce_csrf_checks=True), link_to(invoice)
    for act in ("", "check/", "cancel/", "day/", "sent/", "withdraw/"):
        assert strict.post(f"{path}{act}", order(account)).status_code == 403
    assert not Attempt.objects.exists()
