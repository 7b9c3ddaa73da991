"""Takes the pictures of docs/screenshots from a running demonstration, as somebody who clicks through it would see it.

    python -m tests.pictures [ADDRESS]

Nothing is posed: every page is reached by links of the page before.
"""

import json
import os
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from tallystick.foundation.database.location import home

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
PASSWORD: Final = "tallystick-demo"
_COLLECTIONS: Final = {
    "reports": "/office/reports/",
    "income": "/office/reports/income/?currency=EUR",
    "aged-receivables": "/office/reports/aged-receivables/?currency=EUR",
    "month-end": "/office/month-end/",
    "reminders": "/office/dunning/",
}
_READ: Final = {"portal-home": "/portal/", "portal-pay": "/portal/pay/", "portal-invoices": "/portal/invoices/"}
WIDTHS: Final = {"wide": (1440, 900), "phone": (390, 844)}


class Walk:
    """One person's way through the site at one width and in one theme."""

    def __init__(self, browser: Browser, site: str, width: str, theme: str) -> None:
        size = WIDTHS[width]
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if theme == "dark" else "light",
            device_scale_factor=1,
        )
        self.page: Page = context.new_page()
        self.site = site
        self.suffix = f"{width}-{theme}"

    def sign_in(self, email: str, door: str) -> None:
        """This function will sign in with the demonstration's password and open a door."""
        self.page.goto(f"{self.site}{door}")
        self.page.get_by_label("mail").first.fill(email)
        self.page.locator("input[type=password]").first.fill(PASSWORD)
        self.page.locator("main form button[type=submit], main form [type=submit]").first.click()
        self.page.wait_for_load_state()

    def shoot(self, name: str, *, whole: bool = False) -> None:
        """This function will take a picture of what the window shows, or of the whole page."""
        self.page.wait_for_load_state("networkidle")
        self.page.screenshot(path=FOLDER / f"{name}-{self.suffix}.png", full_page=whole)

    def speak(self, language: str) -> None:
        """This function will choose a language in the portal's foot."""
        self.page.get_by_role("button", name=language, exact=True).click()
        self.page.wait_for_load_state()

    def mirror(self) -> None:
        """This function will have the page read from the right, as in languages that have no catalogue yet."""
        self.page.evaluate("document.documentElement.dir = 'rtl'")

    def open(self, address: str) -> None:
        """This function will open an address of the site."""
        self.page.goto(f"{self.site}{address}")

    def first_of(self, start: str) -> str:
        """This function will return the first link of the main part whose address starts so."""
        found = self.page.locator(f"main a[href^='{start}']")
        links = found.evaluate_all("all => all.map(a => a.getAttribute('href'))")
        return next(link for link in links if link.removeprefix(start).strip("/").count("/") == 0 and "_" in link)


def staff(walk: Walk, email: str) -> None:
    """This function will walk through the back office."""
    walk.sign_in(email, "/office/")
    walk.shoot("office-home")
    walk.open("/office/payments/")
    walk.shoot("office-payments")
    walk.open("/office/payments/?status=completed&method=gateway")
    walk.open(walk.first_of("/office/payments/"))
    walk.shoot("office-payment", whole=True)
    walk.open("/office/customers/")
    walk.shoot("office-customers")
    walk.open("/office/invoices/")
    walk.shoot("office-invoices")
    walk.open("/office/invoices/?state=overdue")
    walk.open(walk.first_of("/office/invoices/"))
    walk.shoot("office-invoice", whole=True)
    walk.open(walk.first_of("/office/customers/"))
    walk.shoot("office-customer", whole=True)
    walk.open("/office/payments/record/")
    walk.shoot("office-record")
    walk.open("/office/outbox/")
    walk.shoot("office-outbox")
    for name, address in _COLLECTIONS.items():
        walk.open(address)
        walk.shoot(f"office-{name}")


def customer(walk: Walk, email: str) -> None:
    """This function will walk through the portal."""
    walk.sign_in(email, "/portal/")
    walk.shoot("portal-home")
    walk.open("/portal/invoices/")
    walk.shoot("portal-invoices")
    walk.open("/portal/pay/")
    walk.shoot("portal-pay")
    walk.open("/portal/payments/")
    walk.shoot("portal-payments")


def readers(walk: Walk, email: str) -> None:
    """This function will walk through the portal in German, and read from the right."""
    walk.sign_in(email, "/portal/")
    walk.speak("Deutsch")
    for name, address in _READ.items():
        walk.open(address)
        walk.shoot(f"{name}-german")
    walk.speak("English")
    for name, address in _READ.items():
        walk.open(address)
        walk.mirror()
        walk.shoot(f"{name}-mirrored")


def main() -> None:
    """This function will take all pictures."""
    site = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
    people = json.loads((home() / "demo.json").read_text())
    FOLDER.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from tests.browsers import CHROMIUM
    from tests.pictures.documents import shoot_documents

    shoot_documents(FOLDER)
    flags = ["--disable-quic", "--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        for width in WIDTHS:
            for theme in ("light", "dark"):
                signing = Walk(browser, site, width, theme)
                signing.open("/office/")
                signing.shoot("signin")
                staff(Walk(browser, site, width, theme), people["staff"]["Administrator"])
                customer(Walk(browser, site, width, theme), people["contacts"][0])
            readers(Walk(browser, site, width, "light"), people["contacts"][0])
        browser.close()


if __name__ == "__main__":
    main()
