"""The hosted pages in a real browser."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.browsers import needs_chromium
from tests.looking import check
from tests.sandbox_service import Account, SandboxService, shape

pytestmark = [pytest.mark.browser, needs_chromium]


def type_card(page: Any, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry date").fill("04/30")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on card").fill("Ada Lovelace")


def test_a_customer_pays_with_the_bank_between(merchant: Account, browser: Browser, service: SandboxService) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        payment = merchant.create_payment(return_url=f"{service.base_url}/healthz")
        page.goto(payment["checkout_url"])
        type_card(page, "4242 4242 4242 4241")
        page.get_by_role("button", name="Pay €119.00").click()
        expect(page.get_by_role("alert")).to_be_visible()
        check(page, "hosted", "declined")
        type_card(page, "4000 0027 6000 3184")
        page.get_by_role("button", name="Pay €119.00").click()
        page.get_by_role("heading", name="Do you approve this payment?").wait_for()
        check(page, "hosted", "bank")
        page.get_by_role("button", name="Approve").click()
        page.wait_for_url(f"{service.base_url}/healthz?payment={payment['id']}")
        assert merchant.payment(payment["id"])["status"] == "succeeded"
        page.goto(payment["checkout_url"])
        check(page, "hosted", "paid")


def test_wide_and_dark_pages_are_accessible(merchant: Account, browser: Browser, service: SandboxService) -> None:
    with browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark") as context:
        page = context.new_page()
        for name, address in {
            "checkout": merchant.create_payment()["checkout_url"],
            "test-cards": f"{service.base_url}/test-cards",
        }.items():
            page.goto(address)
            check(page, name, "dark")


@pytest.fixture
def shop_page() -> Iterator[str]:
    """A merchant's page on an origin of its own that embeds what its query names and shows what it is told."""
    html = b"""<!doctype html><html lang="en"><title>Shop</title><iframe title="Card" width="360" height="600"></iframe>
        <script>window.told = [];
        addEventListener("message", (event) => told.push([event.origin, event.data]));
        document.querySelector("iframe").src = decodeURIComponent(location.search.slice(1));</script></html>"""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_embedded_fields_tell_the_page_around_them(service: SandboxService, browser: Browser, shop_page: str) -> None:
    shop = service.create_merchant("Embedding", origin=shop_page)
    setup = shape(shop.post("/v1/setups", {"reference": "s1", "return_url": f"{shop_page}/back"}))
    page = browser.new_page()
    page.goto(f"{shop_page}/?{setup['fields_url']}")
    fields = page.frame_locator("iframe")
    type_card(fields, "4000 0027 6000 3184")
    fields.get_by_role("button", name="Save card").click()
    fields.get_by_role("button", name="Approve").click()
    page.wait_for_function("told.some(([, message]) => message.type === 'sandbox.completed')")
    told = page.evaluate("told")
    assert {origin for origin, _ in told} == {service.base_url}
    assert told[0][1]["type"] in {"sandbox.ready", "sandbox.height"}
    token = shape(shop.get(f"/v1/setups/{setup['id']}"))["token"]
    assert [message for _, message in told if message["type"] == "sandbox.completed"] == [
        {
            "source": "tallystick-sandbox",
            "type": "sandbox.completed",
            "setup": setup["id"],
            "status": "succeeded",
            "token": token,
        }
    ]
    page.close()


def test_strangers_cannot_frame_the_fields(
    service: SandboxService, browser: Browser, shop_page: str, merchant: Account
) -> None:
    page = browser.new_page()
    page.goto(f"{shop_page}/?{merchant.create_payment()['fields_url']}")
    page.wait_for_timeout(300)
    expect(page.frame_locator("iframe").get_by_label("Card number")).to_have_count(0)
    assert page.evaluate("told") == []
    page.close()
