"""The walks together try every page and act of the portal, of signed links and of sign-in."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver

from tallystick.interfaces.kit import account_urls
from tallystick.interfaces.portal import link_urls, urls
from tests.portal import walks
from tests.portal.hands import DECLARED

# No walk goes there: a passkey is made and shown by scripts, which `signin/test_second_factor_browser.py` looks at.
EXEMPT = {
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_list_webauthn",
    "mfa_login_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
}


def declared() -> set[str]:
    """This function will return every route that a walk tries."""
    for module in pkgutil.iter_modules(walks.__path__, f"{walks.__name__}."):
        importlib.import_module(module.name)
    return {route for routes in DECLARED.values() for route in routes}


def routes(patterns: list[URLPattern | URLResolver], namespace: str) -> Iterator[tuple[str, URLPattern]]:
    """This function will return every route by its name."""
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, f"{each.namespace}:" if each.namespace else namespace)
        else:
            yield f"{namespace}{each.name}", each


def taken(route: URLPattern) -> set[str]:
    """This function will return the methods that a view takes, as it says itself to one that it does not."""
    answer = route.callback(RequestFactory().options("/"))
    assert answer.status_code == 405
    return set(answer["Allow"].split(", ")) - {"HEAD"}


@pytest.mark.parametrize(("module", "namespace"), [(urls, "portal:"), (link_urls, "paylink:")])
def test_walks_try_every_page_and_act(module: object, namespace: str) -> None:
    found = {
        f"{method} {name}"
        for name, route in routes(module.urlpatterns, namespace)  # type: ignore[attr-defined]
        for method in taken(route)
    }
    assert found - declared() == set()


def test_walks_try_every_page_of_sign_in() -> None:
    names = {name for name, _route in routes(account_urls.urlpatterns, "")}
    assert names - {each.partition(" ")[2] for each in declared()} == EXEMPT
