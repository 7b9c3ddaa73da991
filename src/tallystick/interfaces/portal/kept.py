"""What a form already said, kept in the session while its customer adds a card, so that it stands there again after.

In the session nothing of it is in an address, and nobody else can read it.
"""

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.urls import reverse

from tallystick.foundation.card_numbers import holds_card_number
from tallystick.interfaces.portal.checkout import go_to
from tallystick.interfaces.portal.door import ContactRequest

# The button of a form that leads to adding a card, and how an address asks for what was kept when it was pressed.
ADDS_METHOD: Final = "adds_method"
KEPT: Final = "kept"
# The forms, by the names under which adding a card knows them, and what is kept of each. No consent: that is given to
# the words that are shown when it is sent. No number of a voucher: it is worth money; and no text with a card's.
FORMS: Final = {
    "pay": ("pay", "invoice", "elsewhere", "fixed", "currency", "charged_in", "method", "note"),
    "autopay": ("method", "charge_day", "cap", "cap_currency"),
}


def add_method_from(request: ContactRequest, form: str) -> HttpResponse:
    """This function will keep what a form that was sent says, and go to where a card is added."""
    said = {name: request.POST.getlist(name) for name in FORMS[form] if name in request.POST}
    said = {name: values for name, values in said.items() if not any(map(holds_card_number, values))}
    request.session[_key(form)] = {"customer": request.customer_id.hex, "said": said}
    return go_to(request, f"{reverse('portal:method-add')}?{urlencode({'then': form})}")


def begun(request: ContactRequest, form: str) -> QueryDict:
    """This function will return what a form begins with: what the address says, over what was kept when it asks for it.

    What was kept for another customer is not looked at.
    """
    kept: dict[str, Any] = request.session.get(_key(form), {}) if KEPT in request.GET else {}
    data = QueryDict(mutable=True)
    for name, values in (kept["said"] if kept.get("customer") == request.customer_id.hex else {}).items():
        data.setlist(name, values)
    for name, values in request.GET.lists():
        data.setlist(name, values)
    return data


def _key(form: str) -> str:
    return f"{KEPT}_{form}"
