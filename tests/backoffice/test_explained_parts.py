"""A part of an explained number has all of its leaves on a page of its own, whatever it is."""

from collections.abc import Callable

import pytest
from django.test import Client
from lxml import html

from tallystick.foundation.ids import public_id
from tests.backoffice.test_explain import opened
from tests.scenarios.conftest import World
from tests.scenarios.prepaid import Prepaid, bought_often

pytestmark = pytest.mark.django_db


def test_a_part_of_any_kind_has_all_of_its_leaves(as_role: Callable[[str], Client]) -> None:
    client = as_role("Finance")
    customer = public_id("cus", bought_often(Prepaid(World())))
    for query in (f"customer.wallet/?customer={customer}", "account.balance/?account=2220"):
        address = f"/office/explain/{query}&currency=EUR"
        total, leaves = opened(client, address)
        assert total == leaves, address
    shown = html.fromstring(client.get(address).content)
    (batch,) = shown.xpath("//main//th[@scope='rowgroup']")
    assert " ".join(batch.text_content().split()) == "Vouchers Welcome"
    assert client.get(f"{address}&part=xyz_1").status_code == 404
