"""Pages looked at in a real browser: by axe, for whether everything fits, and with TALLYSTICK_SHOTS as pictures."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page, expect

from tests.browsers import AXE_PATH

SHOTS: Final = os.environ.get("TALLYSTICK_SHOTS")
DESK, PHONE, SMALLEST = 1440, 390, 320
Axes = Literal["all", "colours", "none"]
# Nothing else depends on the theme.
_COLOURS: Final = ["color-contrast", "link-in-text-block"]
# In which colours, on which surface and how large text stands on a page, and how a link stands out from what is around
# it: all that axe's rules about colours go by. Of each that was not seen before the first is marked.
_MARK_COLOURS: Final = """(seen) => {
  const surfaces = new Map([[null, '']]);
  const surface = (element) => {
    if (!surfaces.has(element)) {
      const { backgroundColor, backgroundImage, opacity, filter } = getComputedStyle(element);
      const own = [backgroundColor, backgroundImage, opacity, filter].join(' ');
      const below = surface(element.parentElement);
      const shows = /^rgba\\(|[/]/.test(backgroundColor) || !own.endsWith(' none 1 none');
      const nothing = own === 'rgba(0, 0, 0, 0) none 1 none';
      surfaces.set(element, nothing ? below : shows ? `${below} < ${own}` : own);
    }
    return surfaces.get(element);
  };
  const known = new Set(seen);
  const found = [];
  for (const element of document.body.querySelectorAll('*')) {
    const says = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!says && !element.matches('input, select, textarea')) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const { color, fontSize, fontWeight, textDecorationLine, textShadow } = getComputedStyle(element);
    const link = element.closest('a');
    const colours = [
      color, surface(element), fontSize, fontWeight, textShadow, element.matches(':disabled, :disabled *'),
      link && `${textDecorationLine} ${getComputedStyle(link.parentElement).color}`,
    ].join('; ');
    if (known.has(colours)) continue;
    known.add(colours);
    found.push(colours);
    (link ?? element).setAttribute('data-unseen', '');
  }
  return found;
}"""
# The browser keeps it beside what pages of ours look like.
_WHERE_AXE: Final = """'axe' in window ? 'there' : document.querySelector('[href^="/static/kit/"]') ? 'kept' : 'away'"""
_RUN: Final = "([context, options]) => axe.run(context, options).then(({violations}) => ({violations}))"
_UNMARK: Final = "document.querySelectorAll('[data-unseen]').forEach((each) => each.removeAttribute('data-unseen'))"
# What axe found nothing wrong with. Its rules about colours take twice the time of all others together, and pages have
# the same ones.
_SEEN_COLOURS: Final = set[str]()
# A cell that is cut off at the end of its table cannot be read.
_CUT: Final = "[...document.querySelectorAll('.table-scroll')].some((each) => each.scrollWidth > each.clientWidth)"


def look(page: Page, name: str, *, widths: tuple[int, ...] = (DESK, PHONE), axe_at: tuple[int, ...] = (DESK,)) -> None:
    """This function will look at the page that is open, at each width and in both themes.

    At the widths of `axe_at` axe looks for everything by day and for contrast by night.
    """
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark") if SHOTS or width in axe_at else ("light",):
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
            axe: Axes = "none" if width not in axe_at else "all" if theme == "light" else "colours"
            check(page, name, f"{width}-{theme}", axe=axe)


def look_at_all(page: Page, pages: Mapping[str, str], **how: tuple[int, ...]) -> None:
    """This function will go to each page, by its name and its path, and look at it as `look` does."""
    for name, path in pages.items():
        page.goto(path)
        look(page, name, **how)


def check(page: Page, name: str, label: str, *, axe: Axes = "all") -> None:
    """This function will look at a page as it stands, with all of axe's rules, those about colours, or none."""
    # A page that a link was just pressed for may have no content yet.
    page.wait_for_load_state("networkidle" if SHOTS else "load")
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}-{label}.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} {label} is too wide"
    assert not page.evaluate(_CUT), f"{name} {label} cuts its table off"
    if axe != "none":
        assert_accessible(page, f"{name} {label}", only_colours=axe == "colours")


def assert_accessible(page: Page, name: str, *, only_colours: bool = False) -> None:
    """This function will have axe look at a page as it stands, at everything or at its colours only.

    Colours that axe looked at before, on the same surface and of text as large, it need not look at again.
    """
    # While a list is asked for anew, it is faint.
    expect(page.locator(".htmx-request")).to_have_count(0)
    # Half a megabyte, which a page that is looked at twice reads once.
    where = page.evaluate(_WHERE_AXE)
    if where == "kept":
        page.add_script_tag(url=AXE_PATH)
    elif where == "away":
        page.evaluate(AXE_SCRIPT)
    if not only_colours:
        _run(page, name, "html", {"rules": {rule: {"enabled": False} for rule in _COLOURS}})
    unseen = page.evaluate(_MARK_COLOURS, list(_SEEN_COLOURS))
    if unseen:
        _run(page, name, "[data-unseen]", {"runOnly": _COLOURS})
        page.evaluate(_UNMARK)
        _SEEN_COLOURS.update(unseen)


def _run(page: Page, name: str, where: str, options: dict[str, Any]) -> None:
    # Within a frame axe is not there: it would ask in vain, and wait for the answer.
    options |= {"resultTypes": ["violations"], "iframes": False}
    # Of what is well nothing need be carried over.
    found = AxeResults(page.evaluate(_RUN, [where, options]))
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
