"""The hands that go the walks, one after the other."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browsers import opened
from tests.portal.hands import DECLARED, HANDS, HEIGHT, WIDTH, Hand, heard
from tests.portal.test_browser import site

__all__ = ["site"]


@pytest.fixture(params=HANDS)
def hand(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Hand]:
    """A hand on a phone. At the end the walk has tried exactly what it said, and the browser complained of nothing."""
    complaints: list[str] = []
    kind = HANDS[request.param]
    with browser.new_context(
        base_url=site,
        viewport={"width": WIDTH, "height": HEIGHT},
        reduced_motion="reduce",
        java_script_enabled=kind.scripts,
    ) as context:
        context.set_default_timeout(20_000)
        lent = kind(opened(context, complaints), site)
        with heard(lent.routes):
            yield lent
            lent.page.wait_for_load_state()
            lent.fits()
    assert [each for each in complaints if not any(f"status of {code} " in each for code in lent.statuses)] == []
    assert lent.routes == DECLARED[request.function]
