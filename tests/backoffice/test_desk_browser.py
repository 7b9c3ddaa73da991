"""Every act of the payments desk in a real browser: done by somebody who may, and refused to somebody who may not.

For who may not, the page has no way to the act, and the form that is sent all the same is answered by 403 and changes
no row of any table. Then whoever may does it from the page, and what stands in the database afterwards is compared.
A new act is a row of one of the tables, or `desk_routes.py` says where else it is done and refused.
"""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tallystick.usecases import configure
from tests.backoffice.business import SYSTEM, Business, member, moment
from tests.backoffice.desk_acts import NORTH, Act, by_hand, of_many_and_by_two, taken_back
from tests.backoffice.desk_office_acts import add_roles, of_files, of_mails, of_people, of_views
from tests.backoffice.desk_routes import left_out
from tests.backoffice.desk_voucher_acts import of_vouchers, of_wallets_and_invoices
from tests.backoffice.desk_wallet_acts import of_the_wallet
from tests.backoffice.test_browser import complaints, opened, pytestmark, sandbox, sign_in, site
from tests.browsers import settled
from tests.sandbox_service import SandboxService
from tests.scenarios.equations import everything

__all__ = ["complaints", "pytestmark", "sandbox", "site"]


class Desk:
    """The served installation, with one browser for each role."""

    def __init__(self, browser: Browser, site: str, complaints: list[str], stack: ExitStack) -> None:
        self._browser, self._site, self._complaints, self._stack = browser, site, complaints, stack
        self._pages: dict[tuple[str, bool], Page] = {}

    def of(self, role: str, *, with_scripts: bool = True) -> Page:
        """This function will return the browser of somebody with a role."""
        key = (role, with_scripts)
        if key not in self._pages:
            context = self._browser.new_context(base_url=self._site, java_script_enabled=with_scripts)
            self._pages[key] = opened(self._stack.enter_context(context), self._complaints)
            sign_in(self._pages[key], member(role), self._site)
        return self._pages[key]


@pytest.fixture
def desk(browser: Browser, site: str, complaints: list[str]) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(browser, site, complaints, stack)
        assert complaints == []


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business in which a second person is asked above 100.00 EUR."""
    made = Business()
    above = {"minor": 100_00, "currency": "EUR"}
    configure.change_settings(actor=SYSTEM, at=moment(), changes={"second_person_refunding_above": above})
    return made


def test_each_act_is_refused_to_who_may_not_and_done_by_who_may(
    business: Business, sandbox: SandboxService, desk: Desk, subtests: pytest.Subtests
) -> None:
    add_roles()
    north = business.customer(NORTH)
    acts = [
        *by_hand(business, north),
        *taken_back(business, sandbox),
        *of_the_wallet(business),
        *of_vouchers(business),
        *of_wallets_and_invoices(business),
        *of_many_and_by_two(business, north),
        *of_files(),
        *of_mails(business),
        *of_views(),
        *of_people(business),
    ]
    assert left_out([act.door for act in acts]) == set(), "acts without a row of the table"
    # What is refused changes nothing, so it can be tried before anything is done: of one page all at once.
    for (role, page), tried in grouped(acts).items():
        with subtests.test(role=role, page=page):
            # What is not offered without scripts is not offered with them: scripts only show pages as dialogs.
            are_refused(desk.of(role, with_scripts=False), page, tried)
    for act in acts:
        with subtests.test(act=f"{act.door} {act.word}"):
            is_done(desk.of(act.may), act)


def grouped(acts: list[Act]) -> dict[tuple[str, str], list[Act]]:
    """This function will group acts by who may not do them, and by the page on which they would be offered."""
    found: dict[tuple[str, str], list[Act]] = {}
    for act in acts:
        found.setdefault((act.may_not, act.page), []).append(act)
    return found


def are_refused(page: Page, path: str, acts: list[Act]) -> None:
    """This function will see that a page offers acts not at all, and that their doors refuse them without a trace."""
    # Only what the page offers matters here, not how it looks: its styles are not fetched.
    shown = page.request.get(path).text().partition("</head>")[2]
    page.set_content(shown, wait_until="domcontentloaded")
    expect(page.get_by_role("main")).to_be_visible()
    for act in acts:
        expect(page.locator(act.offer)).to_have_count(0)
    (token,) = (each["value"] for each in page.context.cookies() if each["name"] == "csrftoken")
    before = traces()
    for act in acts:
        if act.file and not act.fields:
            answer = page.request.get(act.door, max_redirects=0)
        else:
            sent = {**act.fields, "csrfmiddlewaretoken": token, "idempotency_key": str(uuid.uuid4())}
            answer = page.request.post(act.door, multipart=sent, max_redirects=0)
        told = "Your account lacks the permission" in answer.text()
        assert (act.door, answer.status, told) == (act.door, 403, True)
    assert traces() == before


def is_done(page: Page, act: Act) -> None:
    """This function will do an act from its page, as people do."""
    page.goto(act.page, wait_until="domcontentloaded")
    act.first(page)
    offer = page.locator(act.offer).first
    menu = page.locator(".menu", has=offer)
    if menu.count():
        menu.get_by_role("button").first.click()
    if act.file:
        with page.expect_download() as given:
            offer.click()
        assert given.value.suggested_filename.endswith(act.file)
    else:
        offer.click()
    act.then(page)
    if act.word:
        form = page.locator(f'form[action^="{act.door}"]', has=page.get_by_role("button", name=act.word, exact=True))
        for name, value in act.fields.items():
            fill(form, name, value)
        form.get_by_role("button", name=act.word, exact=True).click()
    if act.told:
        expect(page.get_by_text(act.told).first).to_be_visible()
    found = act.look()
    assert {name: found[name] for name in act.stands} == act.stands


def fill(form: Locator, name: str, value: object) -> None:
    """This function will fill one field, as its kind wants it; what is hidden stands there."""
    field = form.locator(f'[name="{name}"]')
    kind = field.first.evaluate("field => field.type")
    if isinstance(value, dict):
        field.set_input_files(value)
    elif kind == "select-one":
        field.select_option(str(value))
    elif kind in {"radio", "checkbox"}:
        form.locator(f'[name="{name}"][value="{value}"]').check()
    elif kind != "hidden":
        field.fill(str(value))
    elif name == "customer" and not field.input_value():
        settled(form.page)
        form.locator('[name="customer_query"]').fill(NORTH)
        form.get_by_role("option", name=NORTH).click()


def traces() -> dict[str, tuple[int, Any]]:
    """This function will return what every table holds; sessions live by themselves."""
    return {table: held for table, held in everything().items() if table != "django_session"}
