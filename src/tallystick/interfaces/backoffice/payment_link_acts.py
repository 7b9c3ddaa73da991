"""Links by which an invoice is paid without signing in: made, shown for copying, revoked."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row, amount_text
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm
from tallystick.interfaces.kit.forms import KitForm
from tallystick.invoices import queries
from tallystick.payments import links
from tallystick.usecases import payment_links
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.ids import payment_link_id_of
from tallystick.wire.payment_links import PAYMENT_LINK


class LinkForm(KitForm):
    """How long the link works."""

    days = forms.IntegerField(
        label=gettext_lazy("It works for, in days"), min_value=1, max_value=payment_links.MOST_DAYS
    )


@page(Permission.COLLECT_PAYMENTS)
def make(request: StaffRequest, public: str) -> HttpResponse:
    """This function will make a link by which an invoice is paid without signing in."""
    row = queries.invoice(addresses.invoice_id_of(public))
    act = Act(
        title=_("Make a payment link"),
        lead=_("For %(amount)s of %(number)s.")
        % {"amount": amount_text(row["open_minor"], row["currency"]), "number": row["number"]},
        submit=_("Make the link"),
        back=addresses.invoice_url(row["id"]),
        happens=[
            _("Whoever has the link sees this invoice and can pay it, without signing in."),
            _("You find it on the page of the invoice, to copy or to revoke."),
        ],
        done=_("The payment link is made."),
    )
    initial = {"days": settings_store.get(payment_links.LINK_DAYS)}
    return carry_out(
        request,
        act,
        LinkForm(request.POST or None, initial=initial),
        lambda told: payment_links.make_payment_link(**asked(request), invoice_id=row["id"], **told),
    )


@page(Permission.COLLECT_PAYMENTS)
def revoke(request: StaffRequest, public: str, link: str) -> HttpResponse:
    """This function will revoke a link, so that it opens nothing any more."""
    row = queries.invoice(addresses.invoice_id_of(public))
    act = Act(
        title=_("Revoke this payment link?"),
        submit=_("Revoke"),
        tone="danger",
        back=addresses.invoice_url(row["id"]),
        happens=[_("Whoever opens it from now on finds nothing. A payment that has begun goes on.")],
        done=_("The payment link is revoked."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: payment_links.revoke_payment_link(
            **asked(request), invoice_id=row["id"], link_id=payment_link_id_of(link)
        ),
    )


def payment_links_of(request: StaffRequest, row: Row) -> list[dict[str, Any]]:
    """This function will return the links to an invoice, the newest first; who may collect gets what is done with
    them, and the address of those that are live.
    """
    may = request.actor.may(Permission.COLLECT_PAYMENTS)
    return [_shown(each, row, at=request.at, may=may) for each in links.links_of_invoice(row["id"])]


def _shown(each: dict[str, Any], row: Row, *, at: Any, may: bool) -> dict[str, Any]:
    state = links.state_of(each, at=at)
    offered = may and state == "live"
    names = [public_id(builders.INVOICE, row["id"]), public_id(PAYMENT_LINK, each["id"])]
    return {
        **each,
        "state": state,
        "address": payment_links.address_of(each["id"]) if offered else "",
        "revoke": Link(label=_("Revoke"), url=reverse("office:revoke-payment-link", args=names), icon="stop")
        if offered
        else None,
    }
