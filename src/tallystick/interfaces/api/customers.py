"""`/customers`: who pays, their people, and what they owe."""

from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.customers import queries
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.interfaces.api.door import OptionalKey, Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import (
    Amount,
    CurrencyInput,
    Flag,
    Input,
    Line40,
    Line100,
    Line200,
    Nothing,
    Remark,
    Search,
    Whole,
    line,
    text,
)
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, customer_of, listed
from tallystick.ledger.queries import standings_of
from tallystick.usecases import enrol, people
from tallystick.usecases.frame import scope_of
from tallystick.wire import builders
from tallystick.wire.ids import contact_id_of, customer_id_of
from tallystick.wire.shapes import (
    CUSTOMER_KINDS,
    MAILS,
    PORTAL_RIGHTS,
    ContactId,
    ContactShape,
    CustomerShape,
    StandingShape,
    one_of,
)

router = Room(tags=["customers"])

Kind = Annotated[Literal["business", "individual"], one_of(CUSTOMER_KINDS, example="business")]
Terms = Annotated[
    Whole, Field(ge=0, le=365, description="Days after the invoice date on which invoices are due.", examples=[14])
]
TimeZone = Annotated[str, line(60), Field(description="An IANA time zone, or empty.", examples=["Europe/Berlin"])]
Country = Annotated[str, Field(pattern="^([A-Z]{2})?$", description="ISO 3166-1 alpha-2.", examples=["DE"])]
PortalRight = Annotated[
    Literal["view", "pay", "manage_methods", "manage_autopay", "download", "manage_contacts"],
    one_of(PORTAL_RIGHTS, example="pay"),
]


MailKind = Annotated[
    Literal["invoices", "coming_invoices", "receipts", "failed_payments", "statements"],
    one_of(MAILS, example="invoices"),
]


class CustomerQuery(PageQuery):
    """Which customers a list shows."""

    search: Annotated[
        Search,
        Field(description="Beginnings of words of the name, the account number, or the start of an e-mail."),
    ] = ""
    kind: Kind | None = None
    currency: CurrencyInput | None = None


class AddressInput(Input):
    """A postal address, or a part of it."""

    lines: Annotated[str, text(500), Field(default_factory=str, description="Street and number, one line each.")]
    postal_code: Annotated[str, line(20), Field(default_factory=str)]
    city: Annotated[Line100, Field(default_factory=str)]
    region: Annotated[Line100, Field(default_factory=str)]
    country: Annotated[Country, Field(default_factory=str)]


class CustomerDetails(Input):
    """What may be said of a customer, when it is added and later."""

    time_zone: Annotated[TimeZone, Field(default_factory=str)]
    language: Annotated[str, line(12), Field(default_factory=str, description="A BCP 47 tag.", examples=["en"])]
    tax_id: Annotated[Line40, Field(default_factory=str)]
    address: Annotated[AddressInput, Field(default_factory=AddressInput)]
    note: Annotated[Remark, Field(default_factory=str)]
    is_prepaid: Annotated[
        Flag, Field(default_factory=bool, description="Whether money that names no invoice fills the wallet.")
    ]
    completes_own_transfers: Annotated[
        Flag,
        Field(
            default_factory=bool,
            description="Whether its contacts who may pay may complete its promised bank transfers, up to the cap. "
            "Saying so needs `payments.complete`.",
        ),
    ]
    own_transfer_cap_minor: Annotated[
        Amount | None, Field(default=None, description="No transfer above this, in minor units; null takes it away.")
    ]
    own_transfer_cap_currency: Annotated[
        CurrencyInput | None, Field(default=None, description="The currency of the cap.")
    ]


class ContactInput(Input):
    """A person of a customer."""

    name: Annotated[Line200, Field(examples=["Ada Lovelace"])]
    email: Annotated[str, line(254), Field(examples=["ada@example.com"])]
    phone: Line40 = ""
    is_billing: Annotated[Flag, Field(description="Whether invoices and reminders go here.")] = False
    rights: Annotated[list[PortalRight], Field(max_length=20, description="What this person may do in the portal.")] = [
        "view",
        "pay",
        "manage_methods",
        "manage_autopay",
        "download",
        "manage_contacts",
    ]


class NewContactInput(ContactInput):
    """A person who is added to a customer."""

    invites: Annotated[Flag, Field(description="Whether the portal is opened to this person at once, by mail.")] = False


class ContactChanges(Input):
    """What shall change; a field that is left out stays as it is."""

    name: Annotated[Line200, Field(default_factory=str)]
    phone: Annotated[Line40, Field(default_factory=str)]
    language: Annotated[
        str,
        line(12),
        Field(
            default_factory=str,
            description="The language of this person's pages and mails, `en` or `de`; empty for the customer's.",
            examples=["de"],
        ),
    ]
    rights: Annotated[
        list[PortalRight],
        Field(default_factory=list, max_length=20, description="What this person may do in the portal."),
    ]
    mails: Annotated[
        list[MailKind],
        Field(
            default_factory=list,
            max_length=20,
            description="Which mails go to this person. Invoices and failed payments must go to somebody.",
        ),
    ]
    notice_days: Annotated[
        Whole | None,
        Field(
            default=None,
            ge=1,
            le=60,
            description="How many days before a coming invoice is due this person hears of it; null for as many as "
            "the business says. The business says how many may be chosen.",
            examples=[14],
        ),
    ]


class CustomerInput(CustomerDetails):
    """A new customer."""

    kind: Kind
    name: Annotated[Line200, Field(min_length=1, examples=["Analytical Engines Ltd"])]
    currency: CurrencyInput
    terms_days: Terms = 0
    contacts: Annotated[list[ContactInput], Field(max_length=50)] = []


class CustomerChanges(CustomerDetails):
    """What shall change; a field that is left out stays as it is."""

    name: Annotated[Line200, Field(default_factory=str, min_length=1)]
    currency: Annotated[CurrencyInput, Field(default_factory=str)]
    terms_days: Annotated[Terms, Field(default_factory=int)]


class CustomerPage(TypedDict):
    """A page of customers."""

    data: list[CustomerShape]
    next_cursor: Cursor
    previous_cursor: Cursor


class StandingList(TypedDict):
    """What a customer owes and has, a row for each currency."""

    data: list[StandingShape]


class InvitationShape(TypedDict):
    """A contact's invitation to the portal."""

    contact: ContactId
    invited: Annotated[bool, Field(description="False when the contact could sign in already: no mail was sent.")]


@router.get("", response=CustomerPage, summary="List customers", operation_id="list_customers")
def list_customers(request: Request, query: Query[CustomerQuery]) -> Listed:
    """Answers with customers, the newest first. Needs `view`."""
    actor = viewer(request)
    refuse_card_numbers(search=query.search)
    page = queries.customers_page(
        only=scope_of(actor),
        search=query.search,
        kind=query.kind or "",
        currency=query.currency or "",
        cursor=query.cursor,
        limit=query.limit,
    )
    return listed(builders.customer_shapes(page.rows), page)


@router.post("", response={201: CustomerShape}, summary="Add a customer", operation_id="create_customer")
def create_customer(request: Request, key: RequiredKey, body: CustomerInput) -> CustomerShape:
    """Adds a customer, perhaps with contacts, and gives it the next account number. Needs `customers.edit`, and a key
    that is not narrowed to one customer.
    """
    return enrol.create_customer(
        kind=body.kind,
        name=body.name,
        currency=body.currency,
        terms_days=body.terms_days,
        details=_columns(body.model_dump(include=set(CustomerDetails.model_fields), exclude_unset=True)),
        contacts=[contact.model_dump() for contact in body.contacts],
        **call(request, key),
    )


@router.get("/{customer_id}", response=CustomerShape, summary="Get a customer", operation_id="get_customer")
def get_customer(request: Request, customer_id: str) -> CustomerShape:
    """Answers with the customer, its contacts, and what it owes and has. Needs `view`."""
    return builders.customer_shape(queries.customer(customer_of(viewer(request), customer_id)))


@router.patch("/{customer_id}", response=CustomerShape, summary="Change a customer", operation_id="change_customer")
def change_customer(
    request: Request, customer_id: str, body: CustomerChanges, key: OptionalKey = None
) -> CustomerShape:
    """Changes the fields that are sent. New terms count for invoices issued later only. Needs `customers.edit`."""
    found = customer_id_of(customer_id)
    changes = _columns(body.model_dump(exclude_unset=True))
    return enrol.change_customer(customer_id=found, changes=changes, **call(request, key))


@router.get(
    "/{customer_id}/standings",
    response=StandingList,
    summary="What a customer owes and has",
    operation_id="list_standings",
)
def list_standings(request: Request, customer_id: str) -> StandingList:
    """Answers with a row for each currency; what is owed, credit and the wallet are never netted. Needs `view`."""
    found = customer_of(viewer(request), customer_id)
    return {"data": [builders.standing_shape(each) for each in standings_of([found]).get(found, [])]}


@router.post(
    "/{customer_id}/contacts", response={201: ContactShape}, summary="Add a contact", operation_id="add_contact"
)
def add_contact(request: Request, customer_id: str, key: RequiredKey, body: NewContactInput) -> ContactShape:
    """Adds a person to a customer, and perhaps lets it sign in to the portal. Needs `contacts.manage`."""
    found = customer_id_of(customer_id)
    return enrol.add_contact(customer_id=found, **body.model_dump(), **call(request, key))


@router.patch(
    "/{customer_id}/contacts/{contact_id}",
    response=ContactShape,
    summary="Change a contact",
    operation_id="change_contact",
)
def change_contact(
    request: Request, customer_id: str, contact_id: str, body: ContactChanges, key: OptionalKey = None
) -> ContactShape:
    """Changes the fields that are sent. The next request of that person in the portal is allowed by the new rights.
    Needs `view` and `contacts.manage`.
    """
    return people.change_contact(
        customer_id=customer_id_of(customer_id),
        contact_id=contact_id_of(contact_id),
        changes=body.model_dump(exclude_unset=True),
        **call(request, key),
    )


@router.post(
    "/{customer_id}/contacts/{contact_id}/remove",
    response={200: CustomerShape},
    summary="Remove a contact",
    operation_id="remove_contact",
)
def remove_contact(
    request: Request, customer_id: str, contact_id: str, key: RequiredKey, body: Nothing | None = None
) -> CustomerShape:
    """Removes a person: no mail goes there any more, and the portal signs it out at once. Needs `contacts.manage`."""
    del body
    return people.remove_contact(
        customer_id=customer_id_of(customer_id), contact_id=contact_id_of(contact_id), **call(request, key)
    )


class PortalInvitation(Input):
    """Which of the customer's contacts is invited."""

    contact: Annotated[str, Field(max_length=80, examples=["con_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


@router.post(
    "/{customer_id}/portal_invitations",
    response={201: InvitationShape},
    summary="Invite a contact to the portal",
    operation_id="invite_contact",
)
def invite_contact(request: Request, customer_id: str, key: RequiredKey, body: PortalInvitation) -> InvitationShape:
    """Lets a contact sign in to the portal by an e-mailed link, and mails a welcome. Needs `contacts.manage`."""
    found = customer_id_of(customer_id)
    contact_id = contact_id_of(body.contact)
    invited = enrol.open_portal(customer_id=found, contact_id=contact_id, **call(request, key))
    return {"contact": body.contact, "invited": invited}


def _columns(details: dict[str, Any]) -> dict[str, Any]:
    """The details by the names of the columns: the address is one object outside, and five columns inside."""
    address = details.pop("address", {})
    renamed = {"address_lines" if name == "lines" else name: value for name, value in address.items()}
    if "own_transfer_cap_currency" in details:
        renamed["own_transfer_cap_currency"] = details["own_transfer_cap_currency"] or ""
    return {**details, **renamed}
