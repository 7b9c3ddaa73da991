"""Messages of payment services that wait, in the back office: listed, looked at, closed and opened again."""

from uuid import UUID

import pytest

from tallystick.foundation.ids import public_id
from tests.backoffice.business import Business
from tests.backoffice.forms import Signed, closed, done, refused, text_of, url
from tests.gateway_messages import inbox_message, silent_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(business: Business) -> UUID:
    """An account at a payment service."""
    return silent_account()


def test_a_message_is_closed_and_opened_again(account: UUID, as_role: Signed) -> None:
    engineer = as_role("Engineer")
    public = public_id("gwm", inbox_message(account, "evt_1"))
    inbox_message(account, "evt_2", state="stored")
    page = url("gateway-message", public)
    listed = engineer.get(url("inbox"))
    assert page in listed.content.decode()
    assert "Not acted upon yet" in text_of(listed)
    assert page in engineer.get(url("home")).content.decode()
    assert "It fits no payment of ours." in text_of(engineer.get(page))
    close, reopen = url("close-gateway-message", public), url("reopen-gateway-message", public)
    assert "It waits for nobody any more." in text_of(engineer.get(close))
    refused(engineer, close, {"reason": ""})
    assert done(engineer, close, {"reason": "Of another shop"}) == page
    shown = text_of(engineer.get(page))
    assert ("Closed Of another shop" in shown, "Message closed" in shown) == (True, True)
    assert page not in engineer.get(url("inbox")).content.decode()
    assert page not in engineer.get(url("home")).content.decode()
    assert "Of another shop" in text_of(engineer.get(f"{url('inbox')}?state=closed"))
    # Somebody else was faster.
    assert "“close” is not possible" in refused(engineer, close, {"reason": "Once more"})
    assert done(engineer, reopen, {}) == page
    assert page in engineer.get(url("inbox")).content.decode()
    assert page not in engineer.get(f"{url('inbox')}?state=closed").content.decode()
    assert engineer.get(f"{url('inbox')}?state=handled").status_code == 400


@pytest.mark.parametrize("role", ["Support", "Finance", "Read-only"])
def test_messages_are_closed_to_others(account: UUID, as_role: Signed, role: str) -> None:
    client, public = as_role(role), public_id("gwm", inbox_message(account, "evt_1"))
    page = url("gateway-message", public)
    for address in (url("inbox"), page):
        assert client.get(address).status_code == 403
    closed(client, url("close-gateway-message", public), {"reason": "Not mine"})
    closed(client, url("reopen-gateway-message", public), {})
    assert page not in client.get(url("home")).content.decode()
    assert "Unmatched" in text_of(as_role("Engineer").get(page))
