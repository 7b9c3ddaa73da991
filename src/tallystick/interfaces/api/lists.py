"""Pages of lists: what every list takes and gives."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from tallystick.customers import queries as customers
from tallystick.foundation.paging import LARGEST_PAGE, Page
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.api.inputs import Input
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases.frame import require_own, scope_of
from tallystick.wire.ids import customer_id_of, subscription_id_of

Cursor = Annotated[str | None, Field(description="What `cursor` takes to get there; null when there is nothing.")]


class PageQuery(Input):
    """The part of a query that every list takes."""

    cursor: Annotated[
        str,
        StringConstraints(max_length=1500, pattern=r"^[A-Za-z0-9_=-]*$"),
        Field(description="`next_cursor` or `previous_cursor` of another page; without it the list begins anew."),
    ] = ""
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="How many things a page has.")] = 50


class Listed(TypedDict):
    """A page."""

    data: list[Any]
    next_cursor: Cursor
    previous_cursor: Cursor


def listed(shapes: list[Any], page: Page) -> Listed:
    """This function will return a page of shapes."""
    return {"data": shapes, "next_cursor": page.next_cursor or None, "previous_cursor": page.previous_cursor or None}


def seen_customer(actor: Actor, text: str) -> UUID | None:
    """This function will return the customer to whom a list is narrowed: the one asked for, or the only one that the
    actor sees.

    Raises:
        NotFound: when there is no such customer, or not for the actor.
    """
    return customer_of(actor, text) if text else scope_of(actor)


def customer_of(actor: Actor, text: str) -> UUID:
    """This function will return the customer behind a public id.

    Raises:
        NotFound: when there is none, or not for the actor.
    """
    customer_id = customer_id_of(text)
    require_own(actor, customer_id, kind="customer")
    return customers.customer_row(customer_id).id


def own_subscription(actor: Actor, text: str) -> dict[str, Any]:
    """This function will return the columns of the subscription behind a public id.

    Raises:
        NotFound: when there is none, or not for the actor.
    """
    row = subscriptions.subscription(subscription_id_of(text))
    require_own(actor, row["customer_id"], kind="subscription")
    return row
