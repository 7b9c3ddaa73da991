"""Links by which customers store a card without paying: made, and shown for copying. Staff take no card (E41)."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.gateways.port import GatewayUnavailable
from tallystick.gateways.registry import storing_accounts
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.kit.forms import Card, KitForm, RadioCards, choose_among
from tallystick.payments import setups
from tallystick.usecases import method_setups
from tallystick.usecases.places import portal_setup_return
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.ids import gateway_account_id_of


class SetupForm(KitForm):
    """Where the customer stores a card, and whether it becomes the default one."""

    account = forms.ChoiceField(label=gettext_lazy("Stored at"), widget=RadioCards)
    makes_default = forms.BooleanField(label=gettext_lazy("Make it the default card"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        choices = [
            (public_id(builders.GATEWAY_ACCOUNT, row["id"]), Card(row["name"], icon="lock"))
            for row in storing_accounts()
        ]
        choose_among(self, "account", choices)
        if choices:
            self.fields["account"].initial = choices[0][0]


@page(Permission.MANAGE_METHODS)
def make(request: StaffRequest, public: str) -> HttpResponse:
    """This function will make a link by which a customer stores a card on the payment service's own page."""
    customer_id = addresses.customer_id_of(public)
    act = Act(
        title=_("Let the customer store a card"),
        lead=customers.customer(customer_id)["name"],
        submit=_("Make the link"),
        back=addresses.customer_url(customer_id),
        happens=[
            _("You get a link to the secure page of the payment service, to copy and to send. It works for 24 hours."),
            _("The customer types the card there. Never take card details yourself."),
        ],
        done=_("The link is made. Copy it below, and send it to the customer."),
    )

    def begin(told: dict[str, Any]) -> None:
        shape = method_setups.begin_setup(
            **asked(request),
            customer_id=customer_id,
            account_id=gateway_account_id_of(told["account"]),
            return_url=portal_setup_return("methods"),
            makes_default=told["makes_default"],
        )
        if not shape["action_url"]:
            raise GatewayUnavailable(reason=_("try again in a few minutes."))

    return carry_out(request, act, SetupForm(request.POST or None), begin)


def setups_shown(request: StaffRequest, customer_id: UUID, public: str) -> dict[str, Any]:
    """This function will return what a customer's page shows of links for storing a card: a way to make one, and those
    that wait for the customer.
    """
    may = request.actor.may(Permission.MANAGE_METHODS)
    make_link = Link(label=_("Make a link for storing one"), url=reverse("office:method-setup", args=[public]))
    return {
        "make": make_link if may and storing_accounts() else None,
        "waiting": [
            {"address": row["action_url"], "until": row["created_at"] + method_setups.SETUP_LASTS}
            for row in (setups.waiting(customer_id, since=request.at - method_setups.SETUP_LASTS) if may else [])
        ],
    }
