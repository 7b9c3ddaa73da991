"""The navigation says where one is."""

import re

import pytest
from django.urls import NoReverseMatch, reverse

from tallystick.interfaces.backoffice.urls import urlpatterns
from tests.backoffice.forms import Signed

pytestmark = pytest.mark.django_db
_HERE = re.compile(r'<a aria-current="page" class="nav-item" href="([^"]+)"')
_NAV = 'class="nav-item"'


def test_every_page_is_marked_at_the_entry_below_which_it_lies(as_role: Signed) -> None:
    office, marked = as_role("Administrator"), {}
    for route in urlpatterns:
        try:
            address = reverse(f"office:{route.name}")
        except NoReverseMatch:
            continue
        answer = office.get(address)
        if answer.status_code == 200 and not answer.streaming and _NAV in (page := answer.content.decode()):
            marked[str(route.name)] = _HERE.findall(page)
    assert marked["what-if"] == [reverse("office:bill-runs")]
    assert len(marked) > 30
    assert {name for name, found in marked.items() if len(found) != 1} == set()
