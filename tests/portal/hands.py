"""Two pairs of hands for the portal on a phone: a keyboard alone, and a pointer on pages whose scripts do not run.

A walk (`tests/portal/walks`) is a story of several acts that is told once and gone by both. It says which routes it
tries, and the fixture `hand` holds it to that: exactly these were asked for. So the walks together try every route.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final, TypedDict

from django.core.signals import request_started
from django.test.client import ClientHandler
from django.urls import Resolver404, resolve
from playwright.sync_api import Locator, Page, Response, expect

from tallystick.foundation.models import User
from tests.looking import DESK, PHONE, SMALLEST, check
from tests.portal.test_browser import sign_in

WIDTH, HEIGHT = PHONE, 844
# Who has pressed Tab so often does not believe any more that the control can be reached.
_MOST: Final = 70
# At which element the focus is, and whether whoever looks at the page sees it: an outline of the element or of what
# frames it, or the ring of a field of text, and nothing that covers it. And on which side of it what is wanted stands.
_STOP: Final = """wanted => {
  const stop = document.activeElement;
  const fits = document.documentElement.scrollWidth <= innerWidth;
  if (stop === null || stop === document.body) {
    return { arrived: false, seen: true, fits, behind: false, says: "", html: "" };
  }
  const framed = stop.closest(".radio-card, .check-card") ?? stop;
  const outlined = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const styles = [getComputedStyle(stop), getComputedStyle(framed), getComputedStyle(stop, "::after")];
  const ringed = stop.matches("input, textarea, select") && styles[0].boxShadow !== "none";
  const box = framed.getBoundingClientRect();
  const part = framed.getClientRects()[0] ?? box;
  const shown = document.elementFromPoint(part.x + part.width / 2, part.y + part.height / 2);
  const covered = shown !== null && !framed.contains(shown) && !shown.contains(framed);
  return {
    arrived: wanted === stop,
    seen: (ringed || styles.some(outlined)) && box.bottom > 0 && box.top < innerHeight && box.width > 0 && !covered,
    fits,
    behind: Boolean(stop.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_PRECEDING),
    says: (stop.ariaLabel || stop.labels?.[0]?.innerText || stop.innerText || "").trim(),
    html: stop.outerHTML.slice(0, 300) + (covered ? ` below ${shown.outerHTML.slice(0, 300)}` : ""),
  };
}"""
_FITS: Final = "document.documentElement.scrollWidth <= innerWidth"
_SAME_GROUP: Final = """wanted => {
  const stop = document.activeElement;
  return stop.type === "radio" && stop.name === wanted.name && stop.form === wanted.form;
}"""
# Where the keys lead into a group of radio buttons: to the one that is chosen, or to the first that can be.
_DOOR: Final = """wanted => {
  const all = [...document.querySelectorAll('input[type=radio]')].filter(
    (each) => each.name === wanted.name && each.form === wanted.form && !each.disabled && each.checkVisibility());
  return (all.find((each) => each.checked) ?? all[0]).id;
}"""
_STEPS: Final = """(select, label) => {
  const usable = [...select.options].filter((each) => !each.disabled);
  return usable.findIndex((each) => each.label === label) - usable.indexOf(select.selectedOptions[0]);
}"""


class Stop(TypedDict):
    """Where the focus is."""

    arrived: bool
    seen: bool
    fits: bool
    behind: bool
    says: str
    html: str


def tab_to(page: Page, wanted: Locator, *, key: str | None = None) -> list[str]:
    """This function will press Tab or Shift+Tab, whichever leads there unless one is said, until what is wanted has the
    focus, and return what had it on the way there.

    Each stop must be seen.
    """
    expect(wanted).to_be_visible()
    passed: list[str] = []
    stop: Stop = wanted.evaluate(_STOP)
    while not stop["arrived"]:
        assert len(passed) < _MOST, f"It cannot be reached by way of {passed}"
        page.keyboard.press(key or ("Shift+Tab" if stop["behind"] else "Tab"))
        stop = wanted.evaluate(_STOP)
        assert stop["seen"], f"The focus is not seen: {stop['html']}"
        passed.append(stop["says"])
    assert stop["fits"], f"{page.url} is too wide"
    return passed[:-1]


class Hand(ABC):
    """Somebody who uses a page in one way only. What is pressed, typed into or chosen is found by a locator of `page`.

    Before every act the page must not scroll sideways.
    """

    # Whether the page's scripts run: without them a sum, say, does not follow a choice before the form was sent.
    scripts: bool

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site
        # The routes that the server was asked for, as `POST portal:pay`.
        self.routes: set[str] = set()
        # What the browser itself complains of, and should: a form with something wrong is shown again as 422.
        self.statuses = {422}

    def sign_in(self, user: User) -> None:
        """This method will sign a user in without the form."""
        sign_in(self.page, user, self.site)

    def goto(self, path: str, *, status: int = 200) -> Response:
        """This method will open a page by its address, which answers with this status."""
        self.statuses.add(status)
        response = self.page.goto(path)
        assert response is not None
        assert response.status == status
        self.fits()
        return response

    def fits(self) -> None:
        """This method will look whether the page as it stands is as wide as the phone."""
        assert self.page.evaluate(_FITS), f"{self.page.url} is too wide"

    def pay_by_card(self, number: str, button: str) -> None:
        """This method will fill in the payment service's own page and press its button."""
        told = {"Card number": number, "Expiry date": "04/40", "Security code": "123", "Name on card": "Mary O'Neill"}
        for label, text in told.items():
            self.type(self.page.get_by_label(label), text)
        self.press(self.page.get_by_role("button", name=button))

    def download(self, link: Locator) -> Path:
        """This method will press a link and return the file that it gives."""
        with self.page.expect_download() as coming:
            self.press(link)
        return Path(coming.value.path())

    @abstractmethod
    def press(self, wanted: Locator) -> None:
        """This method will press a link, a button, or what unfolds something; a page that it leads to is there then."""

    @abstractmethod
    def type(self, field: Locator, text: str) -> None:
        """This method will put a text in the place of what stands in a field."""

    @abstractmethod
    def tick(self, box: Locator) -> None:
        """This method will choose a radio button, or change whether a checkbox is ticked."""

    @abstractmethod
    def choose(self, select: Locator, label: str) -> None:
        """This method will choose one of a list by its label."""

    @abstractmethod
    def attach(self, field: Locator, path: Path) -> None:
        """This method will put a file into a form."""

    @abstractmethod
    def date(self, field: Locator, day: date) -> None:
        """This method will put a day into a field of dates."""

    @abstractmethod
    def look(self, name: str) -> None:
        """This method will look at the page as it stands: by axe in both themes where scripts run, and without them at
        whether it fits on the smallest phone and on a desk as well.
        """


class Keyboard(Hand):
    """Reaches every control by Tab, Shift+Tab and the arrows, and sees at every stop where the focus is."""

    scripts = True

    def __init__(self, page: Page, site: str) -> None:
        super().__init__(page, site)
        # Heard of from the beginning: what asks for files must not come before the browser was told to say so.
        page.on("filechooser", lambda _chooser: None)

    def press(self, wanted: Locator) -> None:
        tab_to(self.page, wanted)
        # Of the element, which has the focus already: so it is waited for the page that it leads to.
        wanted.press("Enter")
        self.page.wait_for_load_state()

    def type(self, field: Locator, text: str) -> None:
        tab_to(self.page, field)
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)

    def tick(self, box: Locator) -> None:
        expect(box).to_be_enabled()
        if box.get_attribute("type") == "checkbox":
            tab_to(self.page, box)
            was = box.is_checked()
            self.page.keyboard.press("Space")
            expect(box).to_be_checked(checked=not was)
            return
        tab_to(self.page, self.page.locator(f"[id='{box.evaluate(_DOOR)}']"))
        for _press in range(_MOST):
            if box.evaluate("each => each === document.activeElement"):
                break
            self.page.keyboard.press("ArrowDown")
            assert box.evaluate(_SAME_GROUP)
        if not box.is_checked():
            self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def choose(self, select: Locator, label: str) -> None:
        tab_to(self.page, select)
        steps = select.evaluate(_STEPS, label)
        for _press in range(abs(steps)):
            self.page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")
        assert select.evaluate("each => each.selectedOptions[0].label") == label

    def attach(self, field: Locator, path: Path) -> None:
        tab_to(self.page, field)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Space")
        chooser.value.set_files(path)

    def date(self, field: Locator, day: date) -> None:
        tab_to(self.page, field)
        # To the month, which stands first, wherever the way led into the field.
        for _press in range(3):
            self.page.keyboard.press("ArrowLeft")
        self.page.keyboard.type(day.strftime("%m%d%Y"))
        expect(field).to_have_value(day.isoformat())

    def look(self, name: str) -> None:
        for theme in ("dark", "light"):
            self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            check(self.page, name, f"keyboard-{theme}", axe="colours" if theme == "dark" else "all")


class Plain(Hand):
    """A pointer on pages whose scripts do not run: forms and whole pages."""

    scripts = False

    def press(self, wanted: Locator) -> None:
        self.fits()
        wanted.click()
        self.page.wait_for_load_state()

    def type(self, field: Locator, text: str) -> None:
        self.fits()
        field.fill(text)

    def tick(self, box: Locator) -> None:
        self.fits()
        was = box.is_checked() and box.get_attribute("type") == "checkbox"
        box.set_checked(not was)

    def choose(self, select: Locator, label: str) -> None:
        self.fits()
        select.select_option(label=label)

    def attach(self, field: Locator, path: Path) -> None:
        self.fits()
        field.set_input_files(path)

    def date(self, field: Locator, day: date) -> None:
        self.fits()
        field.fill(day.isoformat())

    def look(self, name: str) -> None:
        for width in (SMALLEST, DESK, WIDTH):
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            check(self.page, name, f"plain-{width}", axe="none")


HANDS: Final[dict[str, type[Hand]]] = {"keyboard": Keyboard, "without scripts": Plain}
Walk = Callable[..., None]
# Which routes each walk tries.
DECLARED: Final[dict[Walk, frozenset[str]]] = {}
# What a contact meets: the portal, signed links, and sign-in. The kit's own addresses are those of every page.
_OF_THE_PORTAL: Final = ("portal:", "paylink:", "signin:", "account_", "mfa_", "usersessions_", "new_address")


def walks(*routes: str) -> Callable[[Walk], Walk]:
    """This function will say which routes a walk tries, each as `GET portal:home`."""

    def declared(walk: Walk) -> Walk:
        DECLARED[walk] = frozenset(routes)
        return walk

    return declared


@contextmanager
def heard(routes: set[str]) -> Iterator[None]:
    """This function will write down which routes of the portal the server is asked for."""

    def hear(*, sender: object, environ: dict[str, Any], **_more: object) -> None:
        # A test's own client is no hand.
        if sender is ClientHandler:
            return
        try:
            name = resolve(environ["PATH_INFO"]).view_name
        except Resolver404:
            return
        if name.startswith(_OF_THE_PORTAL):
            routes.add(f"{environ['REQUEST_METHOD']} {name}")

    request_started.connect(hear)
    try:
        yield
    finally:
        request_started.disconnect(hear)
