"""The kit in a real browser: nothing for axe to find, nothing refused by the policy, and every key in its place."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.browsers import needs_chromium, opened
from tests.looking import DESK, assert_accessible, look

PAGES = ["", *(f"samples/{name}/" for name in ("payments", "payment", "record", "portal", "pay", "signin"))]
SIGN_IN = ["/accounts/login/", "/accounts/password/reset/"]

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.kit.urls"),
]


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, settings: Settings, complaints: list[str]) -> Iterator[Page]:
    settings.DEMO = True
    with browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800}) as context:
        yield opened(context, complaints)
        assert complaints == []


def comes_into_focus(page: Page, name: str) -> None:
    """This function will wait until the focus is on what has this id, title or text: scripts move it after keys."""
    focus = page.locator(":focus")
    names = "on => [on.id, on.title, on.textContent.trim()]"
    for _ in range(50):
        if focus.count() and name in focus.evaluate(names):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{name} did not come into focus")


def test_axe_finds_nothing(page: Page) -> None:
    for path in [*(f"/kit/{path}" for path in PAGES), *SIGN_IN]:
        page.goto(path)
        look(page, path.strip("/").replace("/", "-"), widths=(DESK,))


def test_axe_finds_colours_that_cannot_be_read_wherever_they_come_first(page: Page) -> None:
    page.goto("/kit/")
    assert_accessible(page, "as it is")
    page.evaluate("document.querySelector('h1').style.color = 'oklch(0.93 0 0)'")
    for _ in range(2):
        with pytest.raises(AssertionError, match="color-contrast"):
            assert_accessible(page, "pale", only_colours=True)
    page.evaluate("document.querySelector('h1').style.color = ''")
    assert_accessible(page, "as it was")


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_is_wider_than_a_small_phone(page: Page, direction: str) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    for path in PAGES:
        page.goto(f"/kit/{path}?dir={direction}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_the_theme_changes_at_once_and_stays(page: Page) -> None:
    page.goto("/kit/")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_the_palette_opens_finds_and_gives_focus_back(page: Page, keys: str) -> None:
    page.goto("/kit/samples/payments/")
    opener = page.get_by_role("link", name="Record payment")
    opener.focus()
    page.keyboard.press(keys)
    palette = page.get_by_role("dialog", name="Find or do anything")
    expect(palette).to_be_visible()
    comes_into_focus(page, "palette-input")
    page.keyboard.type("amelia")
    palette.get_by_role("option", name="Amelia Okonkwo-Fitzgerald").wait_for()
    expect(palette.get_by_role("option", selected=True)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()
    comes_into_focus(page, "Record payment")
    page.keyboard.press(keys)
    page.keyboard.type("amelia")
    palette.get_by_role("option", name="Amelia Okonkwo-Fitzgerald").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/kit/samples/payment/")


def test_a_slash_in_a_field_is_a_slash(page: Page) -> None:
    page.goto("/kit/samples/record/")
    page.locator("#id_description").press_sequentially("a/b")
    expect(page.locator("#id_description")).to_have_value("a/b")


@pytest.mark.parametrize(("opener", "name"), [("Open a dialog", "Cancel this payment?"), ("Open a drawer", "Allocate")])
def test_a_dialog_traps_focus_and_gives_it_back(page: Page, opener: str, name: str) -> None:
    page.goto("/kit/")
    button = page.get_by_role("button", name=opener)
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=name)
    expect(dialog).to_be_visible()
    for key in ["Tab"] * 6 + ["Shift+Tab"] * 6:
        page.keyboard.press(key)
        assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    assert_accessible(page, "dialog")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    comes_into_focus(page, opener)


def test_a_menu_is_walked_with_arrows(page: Page) -> None:
    page.goto("/kit/samples/payment/")
    page.get_by_role("button", name="More actions").press("Enter")
    comes_into_focus(page, "Edit description")
    page.keyboard.press("ArrowUp")
    comes_into_focus(page, "Reverse")
    page.keyboard.press("ArrowDown")
    comes_into_focus(page, "Edit description")
    page.keyboard.press("Escape")
    comes_into_focus(page, "More actions")


def test_a_list_answers_as_one_types_and_keeps_its_address(page: Page) -> None:
    page.goto("/kit/samples/payments/")
    search = page.get_by_role("searchbox", name="Search payments")
    search.press_sequentially("hosting")
    page.wait_for_url("**/?q=hosting")
    expect(page.locator(".table tbody tr")).to_have_count(1)
    assert search.evaluate("input => input === document.activeElement")
    page.get_by_role("button", name="Status").click()
    page.get_by_label("Processing", exact=True).check()
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**/?q=hosting&status=processing")
    expect(page.get_by_role("link", name="Remove the filter Status")).to_be_visible()
    page.go_back()
    page.wait_for_url("**/?q=hosting")
    page.locator(".table-link").first.click()
    page.wait_for_url("**/kit/samples/payment/")
    page.go_back()
    page.wait_for_url("**/?q=hosting")
    expect(search).to_have_value("hosting")


def test_rows_are_chosen_with_one_bar(page: Page) -> None:
    page.goto("/kit/samples/payments/")
    bar = page.get_by_role("group", name="Chosen rows")
    expect(bar).to_be_hidden()
    boxes = page.locator("input[name=selected]")
    boxes.nth(1).check()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(bar.get_by_text("4 chosen")).to_be_visible()
    page.get_by_label("Choose all rows on this page").check()
    expect(bar.get_by_text("12 chosen")).to_be_visible()
    bar.get_by_role("button", name="Choose none").click()
    expect(bar).to_be_hidden()


def test_a_picker_is_driven_by_keys(page: Page) -> None:
    page.goto("/kit/samples/record/")
    field = page.get_by_role("combobox", name="Customer")
    field.press_sequentially("okonkwo")
    page.get_by_role("option", name="Amelia Okonkwo-Fitzgerald").wait_for()
    assert_accessible(page, "picker")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Amelia Okonkwo-Fitzgerald")
    expect(page.locator("input[name=customer]")).to_have_value("C-1044")
    page.get_by_role("button", name="Remove the choice").click()
    expect(page.locator("input[name=customer]")).to_have_value("")


def test_fields_say_what_will_be_understood(page: Page) -> None:
    page.goto("/kit/samples/record/")
    total = page.locator("#id_total")
    echo = page.locator("[data-money-echo]").first
    total.fill("1,000.5")
    expect(echo).to_have_text("€1,000.50")
    total.fill("1.000,50")
    expect(echo).to_have_text("")
    page.locator("#id_description").fill("Invoice #123")
    preview = page.locator("#id_description_preview")
    expect(preview.locator("[data-public]")).to_have_text("Invoice")
    expect(preview.locator("[data-private]")).to_have_text("123")
    page.locator("#id_description").fill("Invoice \\#123")
    expect(preview.locator("[data-public]")).to_have_text("Invoice #123")
    expect(preview.locator("[data-private-line]")).to_be_hidden()


def test_a_form_is_sent_once(page: Page) -> None:
    page.goto("/kit/samples/record/")
    sent: list[str] = []

    def hold(route: Route) -> None:
        sent.append(route.request.method)
        route.fulfill(status=204)

    page.route("**/kit/samples/record/", hold)
    button = page.get_by_role("button", name="Save payment")
    button.evaluate("button => { button.form.noValidate = true; button.click(); button.click(); }")
    page.wait_for_timeout(200)
    button.evaluate("button => button.click()")
    page.wait_for_timeout(200)
    assert sent == ["POST"]
    expect(button).to_have_attribute("aria-busy", "true")


def test_a_toast_can_be_dismissed(page: Page) -> None:
    page.goto("/kit/samples/payments/")
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('kit:toast', {detail: {text: '<b>Sent</b>', tone: 'success'}}))"
    )
    toast = page.locator("#toasts [data-toast]")
    expect(toast.locator(".toast-text")).to_have_text("<b>Sent</b>")
    assert_accessible(page, "toast")
    toast.get_by_role("button", name="Dismiss").click()
    expect(toast).to_have_count(0)


def test_tabs_show_one_panel(page: Page) -> None:
    page.goto("/kit/")
    page.get_by_role("tab", name="Overview").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#panel-payments")).to_be_visible()
    expect(page.locator("#panel-overview")).to_be_hidden()


def test_pages_work_without_scripts(browser: Browser, live_server: LiveServer, settings: Settings) -> None:
    settings.DEMO = True
    with browser.new_context(base_url=live_server.url, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/kit/samples/payments/")
        page.get_by_role("searchbox", name="Search payments").fill("hosting")
        page.get_by_role("button", name="Search", exact=True).click()
        expect(page).to_have_url(re.compile(r"\?q=hosting$"))
        expect(page.locator(".table tbody tr")).to_have_count(1)
        page.locator("input[name=selected]").first.check()
        expect(page.get_by_role("group", name="Chosen rows")).to_be_visible()
        page.get_by_role("button", name="Find anything").click()
        expect(page.get_by_role("dialog", name="Find or do anything")).to_be_visible()
        page.goto("/kit/")
        page.get_by_role("button", name="Dark").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page.locator("#panel-invoices")).to_be_visible()
