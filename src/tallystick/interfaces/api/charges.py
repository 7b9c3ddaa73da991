"""`/charges`: purchases on the account, drawn from prepaid money."""

from typing import Annotated

from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import (
    Amount,
    CurrencyInput,
    CustomerRef,
    Day,
    Input,
    Line200,
    Line500,
    TaxRateRef,
    line,
)
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed, seen_customer
from tallystick.usecases import charge
from tallystick.usecases.frame import require_own
from tallystick.wallets import queries
from tallystick.wire import wallets as wire
from tallystick.wire.ids import charge_id_of, customer_id_of, tax_rate_id_of
from tallystick.wire.wallets import AccountChargeShape, AuthorisationShape

router = Room(tags=["wallets"])

ExternalId = Annotated[
    str, line(120), Field(description="The id by which you know this purchase.", examples=["cdr-778812"])
]


class ChargeQuery(PageQuery):
    """Which charges a list shows."""

    customer: CustomerRef = ""
    currency: CurrencyInput | None = None
    external_id: ExternalId = ""
    charged_from: Annotated[Day | None, Field(description="The first day of purchase.")] = None
    charged_until: Annotated[Day | None, Field(description="The last day of purchase.")] = None


class Purchase(Input):
    """Whose wallet, and how much of it."""

    customer: CustomerRef
    currency: CurrencyInput
    total_minor: Amount


class ChargeInput(Purchase):
    """A purchase that was delivered. The total includes its tax."""

    tax_rate: TaxRateRef
    description: Annotated[
        Line500,
        Field(min_length=1, description="What is behind `#` only staff read.", examples=["Calls, 42 minutes"]),
    ]
    external_id: Annotated[
        ExternalId, Field(description="The id by which you know this purchase: it is reported once.")
    ] = ""


class CreditInput(Input):
    """What is credited of a purchase, and why."""

    amount_minor: Annotated[Amount | None, Field(description="With tax; all that is left when left out.")] = None
    reason: Annotated[Line200, Field(min_length=1, examples=["The call dropped"])]


class AccountChargePage(TypedDict):
    """A page of charges."""

    data: list[AccountChargeShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.get("", response=AccountChargePage, summary="List charges", operation_id="list_account_charges")
def list_account_charges(request: Request, query: Query[ChargeQuery]) -> Listed:
    """Answers with purchases, the newest first. Needs `view`."""
    actor = viewer(request)
    refuse_card_numbers(external_id=query.external_id)
    wanted = queries.ChargeFilter(
        customer_id=seen_customer(actor, query.customer),
        currency=query.currency or "",
        external_id=query.external_id,
        charged_from=query.charged_from,
        charged_until=query.charged_until,
    )
    page = queries.charges_page(wanted, cursor=query.cursor, limit=query.limit)
    return listed(wire.charge_shapes(page.rows), page)


@router.post("", response={201: AccountChargeShape}, summary="Charge an account", operation_id="charge_account")
def charge_account(request: Request, key: RequiredKey, body: ChargeInput) -> AccountChargeShape:
    """Records a delivered purchase and draws it from the wallet: from lots by earliest expiry, promotional ones first
    on a tie. What is not prepaid is used beyond it: a delivery is never refused for want of money. The same external id
    is refused the second time (409). Needs `charges.record`.
    """
    return charge.charge_account(
        customer_id=customer_id_of(body.customer),
        tax_rate_id=tax_rate_id_of(body.tax_rate),
        **body.model_dump(exclude={"customer", "tax_rate"}),
        **call(request, key),
    )


@router.post("/authorise", response=AuthorisationShape, summary="Authorise a purchase", operation_id="authorise_charge")
def authorise_charge(request: Request, key: RequiredKey, body: Purchase) -> AuthorisationShape:
    """Asks, before a service is delivered, whether the wallet covers it, its debit limit included; otherwise it is
    refused (409, `debit_limit_reached`). Nothing is held. Needs `charges.record`.
    """
    return charge.authorise_charge(
        customer_id=customer_id_of(body.customer), **body.model_dump(exclude={"customer"}), **call(request, key)
    )


@router.get("/{charge_id}", response=AccountChargeShape, summary="Get a charge", operation_id="get_charge")
def get_charge(request: Request, charge_id: str) -> AccountChargeShape:
    """Answers with the purchase and what it drew. Needs `view`."""
    actor = viewer(request)
    found = charge_id_of(charge_id)
    require_own(actor, queries.charge(found)["payment__customer_id"], kind="charge")
    return wire.one_charge(found)


@router.post(
    "/{charge_id}/credit", response=AccountChargeShape, summary="Credit a charge", operation_id="credit_charge"
)
def credit_charge(request: Request, charge_id: str, key: RequiredKey, body: CreditInput) -> AccountChargeShape:
    """Gives a purchase back, in whole or in part, into the lots it came from, with its tax. Needs `charges.credit`."""
    found = charge_id_of(charge_id)
    return charge.credit_charge(charge_id=found, **body.model_dump(), **call(request, key))
