"""The ways of paying that a form offers, and what a chosen one means."""

from collections.abc import Iterable
from typing import TypedDict
from uuid import UUID

from django.utils.translation import gettext as _

from tallystick.foundation.business import bank_account
from tallystick.foundation.ids import public_id
from tallystick.gateways import queries as gateways
from tallystick.interfaces.kit.forms import Card
from tallystick.interfaces.portal.methods import MethodView
from tallystick.payments import queries as payments
from tallystick.usecases.promise import BANK_TRANSFER
from tallystick.wire import builders
from tallystick.wire.ids import gateway_account_id_of, method_id_of


class AtGateway(TypedDict):
    """Where a try is made, and by which stored method, if any."""

    account_id: UUID
    method_id: UUID | None


def ways(stored: Iterable[MethodView], *, transfers_in: str | None) -> list[tuple[str, Card]]:
    """This function will return the ways of paying: stored cards first, for paying with one is a single press.

    `transfers_in` is the currency in which a bank transfer would be sent, None where there can be none.
    """
    accounts = {account["id"]: account["name"] for account in gateways.accounts(enabled_only=True)}
    found = [
        (each.public, Card(each.name, each.expiry, icon="card"))
        for each in stored
        if each.state != "refused" and each.account_id in accounts
    ]
    found += [
        (
            public_id(builders.GATEWAY_ACCOUNT, account_id),
            Card(name, _("By card, on the secure page of the payment service"), icon="lock" if found else "card"),
        )
        for account_id, name in accounts.items()
    ]
    if transfers_in is not None and bank_account(transfers_in) is not None:
        detail = _("We show you where to send it and mail it to you")
        found.append((BANK_TRANSFER, Card(_("Bank transfer"), detail, icon="bank")))
    return found


def chosen_way(method: str, customer_id: UUID) -> AtGateway:
    """This function will return what a way at a gateway that was chosen on a form means.

    Raises:
        NotFound: when it is a stored card that the customer does not have.
    """
    if not method.startswith(f"{builders.PAYMENT_METHOD}_"):
        return {"account_id": gateway_account_id_of(method), "method_id": None}
    stored = payments.method(method_id_of(method), of_customer=customer_id)
    return {"account_id": stored["account_id"], "method_id": stored["id"]}
