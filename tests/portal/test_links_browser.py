"""Paying by a link in a real browser, on a phone: from the mail to paid in three taps, and without scripts.

With TALLYSTICK_SHOTS naming a folder, every page is kept there as a picture.
"""

from uuid import UUID

import pytest
from django.core.cache import cache
from playwright.sync_api import Page

from tallystick.foundation.ids import public_id
from tallystick.interfaces.jobs import mail
from tallystick.payments import links
from tallystick.usecases import collect, payment_links, promise
from tests.browsers import needs_chromium
from tests.looking import DESK, PHONE, SMALLEST, look_at_all
from tests.portal.conftest import STAFF, Business, now, uid
from tests.portal.test_browser import complaints, finish, gateway, phone, site
from tests.sandbox_service import SandboxService

__all__ = ["complaints", "phone", "site"]

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def nobody_was_here(db: None) -> None:
    cache.clear()


def link_to(invoice: UUID) -> str:
    """This function will make a link to an invoice and return its address."""
    shape = payment_links.make_payment_link(actor=STAFF, at=now(), invoice_id=invoice)
    return payment_links.address_of(uid("plk", shape["id"]))


def test_every_page_of_links_is_accessible_in_both_themes(
    house: Business, sandbox: SandboxService, phone: Page, complaints: list[str]
) -> None:
    account = gateway(house, sandbox, "Pages of links")
    customer = house.customer(
        "شركة الخليج للاتصالات والتقنية — Gulf Advanced Telecommunications & Technology Holding Company W.L.L.",
        email="accounts@gulf-advanced.example",
    )

    def begun(invoice: UUID) -> dict[str, object]:
        return dict(
            collect.pay(
                actor=STAFF,
                at=now(),
                customer_id=customer,
                amounts={invoice: None},
                account_id=account,
                return_url="http://localhost:1/{attempt}",
            )
        )

    unpaid, declined, waiting, paid, promised = (house.invoice(customer, 123456789) for _ in range(5))
    links_to = {name: link_to(each) for name, each in (("open", unpaid), ("waiting", waiting), ("paid", paid))}
    links_to["promised"] = link_to(promised)
    refused = begun(declined)
    finish(refused, "4000000000009995")
    attempt = uid("att", refused["attempts"][-1]["id"])  # type: ignore[index]
    mail.payment_failed(attempt_id=str(attempt))
    found = links.mailed(works_at=now(), payment_id=uid("pay", str(refused["id"])))
    assert found is not None
    links_to["failed"] = payment_links.address_of(found["id"])
    begun(waiting)
    finish(begun(paid), "4242424242424242")
    promise.promise_transfer(actor=STAFF, at=now(), customer_id=customer, amounts={promised: None})
    pages = {f"link-{name}": address for name, address in links_to.items()}
    pages["link-back"] = f"/pay/return/{public_id('att', attempt)}/"
    look_at_all(phone, pages, widths=(DESK, PHONE, SMALLEST))
    assert complaints == []
    # A link that is over is answered with 404, which the browser itself complains of.
    look_at_all(phone, {"link-over": "/pay/nothing/"}, widths=(DESK, PHONE), axe_at=(PHONE,))
    complaints.clear()
