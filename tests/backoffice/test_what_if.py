"""The next months, looked at in the office: as they stand, and with a change; and nothing of it happened."""

from datetime import timedelta

import pytest
from django.test import Client

from tallystick.foundation.ids import public_id
from tests.backoffice.billing import Billing
from tests.backoffice.business import moment
from tests.backoffice.forms import Signed, text_of, url
from tests.scenarios.equations import everything

pytestmark = pytest.mark.django_db


def looked_at(client: Client, **asked: str) -> str:
    before = {name: held for name, held in everything().items() if name != "django_session"}
    response = client.get(url("what-if"), asked)
    assert {name: held for name, held in everything().items() if name != "django_session"} == before
    assert response.status_code == 200, text_of(response)
    return text_of(response)


def test_the_next_months_are_looked_at_and_nothing_happens(as_role: Signed) -> None:
    business = Billing()
    customer = business.customer("Alone Ltd")
    subscription = business.subscribe(customer, business.price(8900))
    group = business.group()
    finance = as_role("Finance")
    assert "Everything, as it stands." in looked_at(finance)
    assert "Invoiced" in looked_at(finance, months="2")
    assert "Alone Ltd" in looked_at(finance, months="2", customer=public_id("cus", customer))
    assert "Acme Corp, laptops" in looked_at(finance, months="2", group=public_id("grp", group))
    ends = (moment().date() + timedelta(days=2)).isoformat()
    told = looked_at(finance, months="2", subscription=public_id("sub", subscription), end_date=ends)
    assert "Difference in all" in told
    assert finance.get(url("what-if"), {"months": "25"}).status_code == 422
    assert as_role("Support").get(url("what-if"), {"months": "2"}).status_code == 403
    offer = f"{url('what-if')}?subscription={public_id('sub', subscription)}"
    assert offer in finance.get(url("subscription", public_id("sub", subscription))).content.decode()
    assert url("what-if") in finance.get(url("bill-runs")).content.decode()
