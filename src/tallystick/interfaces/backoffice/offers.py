"""What is offered to a payer after several failures: a later day, a promise, an early end and what it costs (E22)."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.backoffice.naming import day_text
from tallystick.invoices import queries as invoices
from tallystick.usecases import after_failures
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import invoice_id_of
from tallystick.wire.offers import EndOfferShape, OffersShape


def offers_of_invoice(request: StaffRequest, invoice_id: UUID | None) -> dict[str, Any] | None:
    """This function will return what the page of a payment advises to offer; None where it did not fail so often."""
    if invoice_id is None or not after_failures.is_advised(invoice_id):
        return None
    found = after_failures.offers_of(invoice_id, today=request.today, tells_private=True)
    return None if found is None else _shown(request, [found])[0]


def offers_of_customer(request: StaffRequest, customer_id: UUID) -> list[dict[str, Any]]:
    """This function will return what the page of a customer advises to offer, for each invoice that failed so often."""
    return _shown(request, after_failures.advised_offers(customer_id, today=request.today))


def _shown(request: StaffRequest, found: Sequence[OffersShape]) -> list[dict[str, Any]]:
    ids = {each["invoice"]: invoice_id_of(each["invoice"]) for each in found}
    numbers = invoices.numbers(ids.values())
    return [
        {
            **each,
            "number": numbers[ids[each["invoice"]]],
            "url": addresses.invoice_url(ids[each["invoice"]]),
            "promised": _promised(each),
            "ends": [_end(request, end) for end in each["ends"]],
            "links": _links(request, each["invoice"]),
        }
        for each in found
    ]


def _promised(offer: OffersShape) -> dict[str, Any] | None:
    """What was promised of the invoice and by whom, if that is what its reminders wait for, or waited for."""
    pause = offer["pause"]
    if pause is None or pause["promised_minor"] is None or pause["until_date"] is None:
        return None
    return {**pause, "day": date.fromisoformat(pause["until_date"])}


def _end(request: StaffRequest, end: EndOfferShape) -> dict[str, Any]:
    told = end["preview"]
    url = reverse("office:subscription-cancel", args=[told["subscription"]])
    link = Link(label=_("End %(number)s early") % {"number": end["number"]}, url=url, icon="stop")
    return {
        **end,
        # Signed, as it is taken off.
        "credit_minor": -told["credit_total_minor"],
        "stays_minor": -(end["left_minor"] or 0),
        "contract_end": day_text(date.fromisoformat(told["contract_end_date"])) if told["contract_end_date"] else "",
        "link": link if request.actor.may(Permission.CHANGE_SUBSCRIPTIONS) else None,
    }


def _links(request: StaffRequest, public: str) -> list[Link]:
    if not request.actor.may(Permission.RECORD_PAYMENTS):
        return []
    acts = (("invoice-due-date", _("New due date"), "clock"), ("promise-to-pay", _("Promise to pay"), "calendar"))
    return [Link(label=word, url=reverse(f"office:{name}", args=[public]), icon=icon) for name, word, icon in acts]
