"""Each page shows for those who may see it, and is closed to everybody else."""

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry, User
from tallystick.foundation.settings_store import SettingNotAccepted
from tallystick.payments.queries import refunds_of
from tallystick.usecases import configure, refund
from tallystick.wire import words
from tests.backoffice.business import SYSTEM, Business, moment

pytestmark = pytest.mark.django_db

FOR_ALL = [
    *("home", "find", "customers", "invoices", "payments", "disputes", "outbox", "letters", "audit", "approvals"),
    *("subscriptions", "catalog", "tax-rates", "reports"),
]
FOR_SOME = {
    "inbox": {"Administrator", "Engineer"},
    "keys": {"Administrator", "Engineer"},
    "new-key": {"Administrator", "Engineer"},
    "settings": {"Administrator"},
    "add-tax-rate": {"Administrator", "Finance"},
    "new-product": {"Administrator", "Finance"},
    "new-subscription": {"Administrator", "Finance", "Support"},
    "add-exchange-rate": {"Administrator"},
    "staff": {"Administrator"},
    "invite-staff": {"Administrator"},
    "roles": {"Administrator"},
    "new-role": {"Administrator"},
    "new-customer": {"Administrator", "Finance", "Support"},
    "new-invoice": {"Administrator", "Finance", "Support"},
    "record-payment": {"Administrator", "Finance", "Support"},
}
ROLES = ["Support", "Finance", "Administrator", "Engineer", "Read-only"]


@pytest.mark.parametrize("role", ROLES)
def test_pages_open_for_the_roles_that_may(business: Business, as_role: Callable[[str], Client], role: str) -> None:
    business.busy_month()
    client = as_role(role)
    for name in FOR_ALL:
        assert client.get(reverse(f"office:{name}")).status_code == 200, name
    for name, roles in FOR_SOME.items():
        expected = 200 if role in roles else 403
        assert client.get(reverse(f"office:{name}")).status_code == expected, name


def test_pages_of_things_open_for_everybody_who_may_see(business: Business, as_role: Callable[[str], Client]) -> None:
    things = business.busy_month()
    client = as_role("Read-only")
    for prefix, name, thing in (
        ("cus", "customer", things["customer"]),
        ("inv", "invoice", things["invoice"]),
        ("inv", "invoice", things["draft"]),
        ("pay", "payment", things["payment"]),
        ("pay", "payment", things["suspense"]),
        ("pay", "payment", things["promised"]),
    ):
        response = client.get(reverse(f"office:{name}", args=[public_id(prefix, thing)]))
        assert response.status_code == 200, name
        # Whoever only reads is offered nothing to do, and every number is explained to them.
        main = response.content.split(b"<main")[1].split(b"</main")[0]
        assert b'hx-get="/office/explain/' in main, name
        assert b"hx-get" not in main.replace(b'hx-get="/office/explain/', b""), name


def test_a_customer_with_very_many_open_invoices_shows_the_oldest_and_leads_to_all(
    business: Business, finance: Client
) -> None:
    customer = business.customer(terms_days=0)
    opened = [public_id("inv", business.invoice(customer, days_ago=days)) for days in range(11, 0, -1)]
    shown = finance.get(reverse("office:customer", args=[public_id("cus", customer)])).content.decode()
    assert [f'/office/invoices/{each}/"' in shown for each in opened] == [True] * 10 + [False]
    (link,) = re.findall(r'href="([^"]+state=overdue)"', shown)
    listed = finance.get(html.unescape(link)).content.decode()
    assert all(each in listed for each in opened)


def test_strangers_are_sent_to_sign_in(client: Client, db: None) -> None:
    response = client.get(reverse("office:payments"))
    assert response.status_code == 302
    assert "/accounts/" in response["Location"]
    assert "next=/office/payments/" in response["Location"]


def test_a_contact_of_a_customer_does_not_get_in(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user("jo@example.com"))
    before = AuditEntry.objects.count()
    response = client.get(reverse("office:home"))
    assert response.status_code == 403
    assert "You may not see this" in response.content.decode()
    assert AuditEntry.objects.count() == before


def test_a_member_who_left_does_not_get_in(as_role: Callable[[str], Client]) -> None:
    client = as_role("Finance")
    User.objects.filter(email="finance@example.com").update(is_active=False)
    assert client.get(reverse("office:home")).status_code == 302


def test_missing_and_malformed_ids_look_alike(finance: Client) -> None:
    for text in ("pay_00000000000000000000000000000000", "pay_x", "inv_00000000000000000000000000000000", "1"):
        assert finance.get(f"/office/payments/{text}/").status_code == 404


def test_a_foreign_filter_or_cursor_is_refused(finance: Client) -> None:
    assert finance.get("/office/payments/?status=nonsense").status_code == 400
    assert finance.get("/office/payments/?sort=method").status_code == 400
    assert finance.get("/office/payments/?amount_from=sixty").status_code == 400
    assert finance.get("/office/payments/?due_from=yesterday").status_code == 400
    assert finance.get("/office/payments/?after=nonsense").status_code == 400


@pytest.mark.parametrize(
    ("word", "read", "unread"), [("completed", "Completed", "Paid"), ("paid", "Paid", "Completed")]
)
def test_the_business_chooses_the_word_for_money_that_arrived(
    business: Business, finance: Client, word: str, read: str, unread: str
) -> None:
    configure.change_settings(actor=SYSTEM, at=moment(), changes={"completed_word": word})
    payment = business.payment(business.customer(), 5000)
    refund.refund_payment(
        actor=SYSTEM, at=moment(), payment_id=payment, amount_minor=3000, reason="Left early", method="cash"
    )
    [paid_back] = refunds_of(payment)

    def words_on(address: str) -> str:
        return finance.get(address).content.decode().partition("<main")[2]

    record = words_on(reverse("office:record-payment"))
    assert (read in record, unread in record) == (True, False)
    story = words_on(reverse("office:payment", args=[public_id("pay", payment)]))
    # Its badge, what happened to it, and who did that.
    assert (story.count(read), story.count(unread)) == (3, 0)
    refunded = words_on(reverse("office:payment", args=[public_id("pay", paid_back["id"])]))
    assert (refunded.count("Refunded"), read in refunded, unread in refunded) == (2, False, False)


def test_a_word_that_nobody_offers_is_refused(business: Business) -> None:
    before = AuditEntry.objects.count()
    with pytest.raises(SettingNotAccepted):
        configure.change_settings(actor=SYSTEM, at=moment(), changes={"completed_word": "received"})
    assert (words.status_word(kind="receipt", status="completed"), AuditEntry.objects.count()) == ("Completed", before)
