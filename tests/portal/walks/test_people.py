"""People, their mails and what a customer says of itself, walked by both hands."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.usecases import enrol
from tests.browsers import needs_chromium
from tests.portal.conftest import STAFF, Business, now
from tests.portal.hands import Hand, walks
from tests.portal.test_autopay_browser import run_due_jobs
from tests.signin.conftest import mailed_link

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]

LONG_ADDRESS = "accounts.payable.department@gulf-telecommunications.example"


def right(page: Page, word: str) -> Locator:
    """This function will find the box of a right by its name alone."""
    return page.locator(".radio-card").filter(has=page.get_by_text(word, exact=True)).get_by_role("checkbox")


def added(customer: UUID, name: str, email: str) -> UUID:
    """This function will add a contact who gets mail only, with every right, and return its id."""
    shape = enrol.add_contact(actor=STAFF, at=now(), customer_id=customer, name=name, email=email)
    return next(each.id for each in customers.contacts(customer) if public_id("con", each.id) == shape["id"])


@walks(
    "GET portal:contacts",
    "GET portal:contact-invite",
    "POST portal:contact-invite",
    "GET portal:contact",
    "POST portal:contact",
    "GET portal:contact-remove",
    "POST portal:contact-remove",
    "POST portal:contact-let-in",
    "GET portal:home",
)
def test_people_are_invited_changed_let_in_and_removed(house: Business, hand: Hand) -> None:
    customer = house.customer(rights=["view", "pay", "download", "manage_contacts"])
    hand.sign_in(house.open_portal(customer))
    yamada = added(customer, "山田 太郎 Yamada-Fitzgerald", LONG_ADDRESS)
    page = hand.page
    hand.goto("/portal/")
    hand.press(page.locator(".portal-menu > summary"))
    hand.press(page.get_by_role("link", name="People"))
    hand.look("people")
    hand.press(page.get_by_role("link", name="Invite somebody"))
    hand.look("people-invite")
    hand.type(page.get_by_label("Name"), "Zoë Ní Bhriain")
    hand.type(page.get_by_label("E-mail address"), "zoe@example.com")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(1)
    expect(right(page, "See invoices and payments")).to_be_checked()
    hand.tick(right(page, "Download documents"))
    hand.press(page.get_by_role("button", name="Send the invitation"))
    expect(page.get_by_text("Zoë Ní Bhriain is invited, and gets a mail.")).to_be_visible()

    hand.press(page.get_by_role("button", name="Let them sign in"))
    expect(page.get_by_text("山田 太郎 Yamada-Fitzgerald is invited, and gets a mail.")).to_be_visible()
    hand.press(page.get_by_role("link", name="Change 山田 太郎 Yamada-Fitzgerald"))
    expect(page.get_by_text("This person may also: Manage payment methods, Manage auto pay.")).to_be_visible()
    hand.look("people-change")
    hand.tick(right(page, "Pay"))
    hand.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("The changes are saved.")).to_be_visible()
    assert customers.contact(yamada, of_customer=customer).rights == (
        *("download", "manage_autopay", "manage_contacts", "manage_methods", "view"),
    )

    hand.press(page.get_by_role("link", name="Change Mary O'Neill"))
    hand.tick(right(page, "Manage contacts"))
    hand.press(page.get_by_role("button", name="Save"))
    expect(page.locator(".field-error")).to_contain_text("You would not be able to manage contacts any more.")
    hand.look("people-own")
    hand.press(page.get_by_role("link", name="Cancel"))
    hand.press(page.get_by_role("link", name="Remove Zoë Ní Bhriain"))
    hand.look("people-remove")
    hand.press(page.get_by_role("button", name="Remove"))
    expect(page.get_by_text("This person is removed, and signed out everywhere.")).to_be_visible()
    assert [each.email for each in customers.contacts(customer)] == ["ivory.sons@example.com", LONG_ADDRESS]


@walks(
    "GET portal:home",
    "GET portal:profile",
    "GET portal:own-name",
    "POST portal:own-name",
    "GET portal:own-email",
    "POST portal:own-email",
    "GET portal:billing-details",
    "POST portal:billing-details",
    "GET portal:notifications",
    "POST portal:notifications",
    "GET new_address",
    "POST new_address",
)
def test_a_customer_looks_after_its_profile(house: Business, hand: Hand) -> None:
    customer = house.customer("Gulf Telecommunications & Data Services WLL", contact="Nour الخليج")
    user = house.open_portal(customer)
    hand.sign_in(user)
    page = hand.page
    hand.goto("/portal/")
    hand.press(page.get_by_role("button", name=re.compile("^Account of ")))
    hand.press(page.get_by_role("link", name="Profile and sign-in"))
    hand.look("profile")
    hand.press(page.get_by_role("link", name="Change the name"))
    hand.look("profile-name")
    hand.type(page.get_by_label("Name"), "Nour Al-Sabah")
    hand.type(page.get_by_label("Phone"), "+965 2222 3333")
    hand.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("The changes are saved.")).to_be_visible()

    hand.press(page.get_by_role("link", name="Change the billing details"))
    hand.look("profile-billing")
    hand.type(page.get_by_role("textbox", name=re.compile("^Address")), "Salzgries 12")
    hand.type(page.get_by_label("City"), "Wien")
    hand.choose(page.get_by_label("Country"), "Austria")
    hand.choose(page.get_by_label("Language of mails"), "Arabic")
    hand.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("The changes are saved.")).to_be_visible()
    row = customers.customer(customer)
    assert (row["address_lines"], row["country"], row["language"]) == ("Salzgries 12", "AT", "ar")

    hand.press(page.get_by_role("link", name="Choose your mails"))
    hand.look("notifications")
    hand.tick(page.get_by_label("Statements of account"))
    hand.type(page.get_by_label("Days of notice before a coming invoice is due"), "14")
    hand.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("The changes are saved.")).to_be_visible()
    (me,) = customers.contacts(customer)
    assert (me.name, me.notice_days) == ("Nour Al-Sabah", 14)

    hand.press(page.get_by_role("link", name="Change the e-mail address"))
    hand.type(page.get_by_label("New e-mail address"), "nour@new.example")
    hand.look("profile-email")
    hand.press(page.get_by_role("button", name="Send me the link"))
    expect(page.get_by_text("a link is on its way there")).to_be_visible()
    run_due_jobs()
    link = mailed_link("address_link")
    hand.goto(link)
    hand.look("address-open")
    hand.press(page.get_by_role("button", name="Confirm the address"))
    expect(page.get_by_role("heading", name="Your e-mail address is changed")).to_be_visible()
    hand.look("address-changed")
    hand.goto(link, status=410)
    hand.look("address-over")
    hand.press(page.get_by_role("link", name="Go to your profile"))
    expect(page.get_by_role("main").get_by_text("nour@new.example")).to_be_visible()


@walks(
    "GET account_login",
    "GET portal:home",
    "GET portal:contacts",
    "GET portal:profile",
    "GET portal:own-name",
    "POST portal:own-name",
    "POST portal:language",
)
def test_the_portal_speaks_german_and_reads_from_the_right(house: Business, hand: Hand, settings: Settings) -> None:
    # Its texts are English, for there is no catalogue of it.
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "Right to left")]
    customer = house.customer(contact="Nour الخليج")
    page = hand.page
    hand.goto("/accounts/login/")
    hand.press(page.get_by_role("button", name="Deutsch"))
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    hand.look("walk-signin-german")
    hand.sign_in(house.open_portal(customer))
    hand.goto("/portal/")
    hand.press(page.get_by_role("button", name="Deutsch"))
    hand.press(page.get_by_role("button", name="Konto von Nour"))
    hand.press(page.get_by_role("button", name="Dunkel"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    hand.goto("/portal/profile/")
    hand.press(page.get_by_role("link", name="Namen ändern"))
    hand.type(page.get_by_label("Name"), "Nour Al-Sabah")
    hand.press(page.get_by_role("button", name="Speichern"))
    expect(page.get_by_text("Die Änderungen sind gespeichert.")).to_be_visible()
    hand.look("walk-profile-german")
    (me,) = customers.contacts(customer)
    assert (me.name, me.language) == ("Nour Al-Sabah", "de")

    hand.press(page.get_by_role("button", name="Right to left"))
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    hand.press(page.locator(".portal-menu > summary"))
    hand.press(page.get_by_role("link", name="People"))
    hand.look("walk-people-from-the-right")
    hand.press(page.get_by_role("button", name="English"))
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
