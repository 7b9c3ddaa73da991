"""The browser in which pages are tested: Debian's chromium, without its windows where that is there."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.staticfiles.handlers import StaticFilesHandlerMixin
from django.http import FileResponse, HttpResponse
from django.http.request import HttpRequest
from django.http.response import HttpResponseBase
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
# A busy machine may take longer than the five seconds of the library to show what will come.
expect.set_options(timeout=20_000)
_ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]


Serve = Callable[[StaticFilesHandlerMixin, HttpRequest], HttpResponseBase]
# Where pages of ours find axe: half a megabyte, which they need not be told anew.
AXE_PATH: Final = "/static/axe.js"


def _kept(serve: Serve) -> Serve:
    """Has the browser keep static files, as an installation does, and finds each of them once."""
    known = {AXE_PATH: HttpResponse(AXE_SCRIPT, content_type="text/javascript")}

    def served(handler: StaticFilesHandlerMixin, request: HttpRequest) -> HttpResponseBase:
        if request.path not in known:
            found = serve(handler, request)
            if not isinstance(found, FileResponse):
                return found
            known[request.path] = HttpResponse(b"".join(found), headers=dict(found.items()))
            found.close()
        kept = known[request.path]
        return HttpResponse(kept.content, headers={**kept.headers, "Cache-Control": "max-age=3600"})

    return served


# Before its scripts are there, a link that opens a dialog goes to a page of its own instead, as it should. Who waits
# for the dialog presses it when they are there.
_PRESSED_EARLY: Final = """
document.addEventListener('click', (event) => {
  const pressed = event.target.closest('a, button');
  if (pressed === null || document.readyState === 'complete') return;
  event.preventDefault();
  event.stopImmediatePropagation();
  addEventListener('load', () => setTimeout(() => pressed.click()), { once: true });
}, { capture: true });
"""


def _patient(new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Has links and buttons that are pressed while a page loads do what they do as soon as it has.

    Its pages move nothing unless they are asked to: what moves cannot be pressed before it stands still.
    """

    def opened(**how: Any) -> BrowserContext:
        context = new_context(**{"reduced_motion": "reduce", **how})
        context.add_init_script(_PRESSED_EARLY)
        return context

    return opened


@contextmanager
def launched() -> Iterator[Browser]:
    """This function will lend a running browser."""
    # Playwright runs a loop in this thread, which Django takes for asynchronous code of ours.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        patch.setattr(StaticFilesHandlerMixin, "serve", _kept(StaticFilesHandlerMixin.serve))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        patch.setattr(browser, "new_context", _patient(browser.new_context))
        yield browser
        browser.close()


# What is still asked for when a page is left is not wanted any more. What goes wrong otherwise says so as well:
# `htmx:responseError`, `htmx:sendError`, `htmx:swapError`.
_OF_A_PAGE_LEFT = ("htmx:afterRequest", "htmx:sendAbort")


def opened(context: BrowserContext, complaints: list[str]) -> Page:
    """This function will open a page that writes down what the browser complains of."""

    def hear(message: ConsoleMessage) -> None:
        if message.type != "log" and not message.text.startswith(_OF_A_PAGE_LEFT):
            complaints.append(message.text)

    page = context.new_page()
    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def settled(page: Page) -> None:
    """This function will wait until what was put into a page listens, which is a moment after it can be seen."""
    expect(page.locator(".htmx-swapping, .htmx-settling")).to_have_count(0)
