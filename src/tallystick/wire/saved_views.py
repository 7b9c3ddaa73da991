"""The public shape of saved views, and what a view of each list may name."""

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import urlencode

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.foundation.saved_views import ViewFacts
from tallystick.wire.builders import moment
from tallystick.wire.shapes import Moment, one_of

VIEW: Final = "viw"

LISTS: Final = {
    "payments": "all payments.",
    "invoices": "all invoices and top-up requests.",
    "customers": "all customers.",
    "subscriptions": "all subscriptions.",
    "billing_groups": "all billing groups.",
    "disputes": "all disputes and bank returns.",
    "approvals": "what waits for a second person, and what was decided.",
    "vouchers": "all batches of vouchers.",
    "catalog": "all products.",
    "mails": "all mails that were written.",
    "gateway_messages": "messages of payment services that wait; a view of it also needs `inbox.handle`.",
    "audit": "who did what, when; a view of it also needs `audit.view`.",
}
_ANYWHERE: Final = {"q", "sort"}
# What the address of each list takes beside its page: the search, the order, and its filters.
PARAMETERS: Final[Mapping[str, frozenset[str]]] = {
    "payments": frozenset(
        {
            *_ANYWHERE,
            *("status", "kind", "method", "currency", "customer", "group", "money"),
            *("due_from", "due_to", "received_from", "received_to", "amount_from", "amount_to"),
            *("counted_from", "counted_to", "in_reports", "failure_code", "grouped"),
        }
    ),
    "invoices": frozenset({*_ANYWHERE, "kind", "state", "customer", "group", "due_from", "due_to", "currency"}),
    "customers": frozenset({*_ANYWHERE, "kind", "currency"}),
    "subscriptions": frozenset({*_ANYWHERE, "state", "customer", "frequency", "currency"}),
    "billing_groups": frozenset({*_ANYWHERE, "archived"}),
    "disputes": frozenset({*_ANYWHERE, "state"}),
    "approvals": frozenset({*_ANYWHERE, "state", "act"}),
    "vouchers": frozenset(_ANYWHERE),
    "catalog": frozenset({*_ANYWHERE, "archived"}),
    "mails": frozenset({*_ANYWHERE, "kind", "state", "customer"}),
    "gateway_messages": frozenset({*_ANYWHERE, "state"}),
    "audit": frozenset({*_ANYWHERE, "who", "as", "action", "kind", "day_from", "day_to"}),
}

ViewId = Annotated[str, Field(examples=["viw_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class ViewShape(TypedDict):
    """What somebody shows of a list, under a name."""

    id: ViewId
    list: Annotated[str, one_of(LISTS, example="payments")]
    name: Annotated[str, Field(examples=["Failed cards"])]
    query: Annotated[
        str,
        Field(
            description="The search, the filters and the order, as the query of the list's address in the back office; "
            "empty for the list as it is by itself.",
            examples=["status=failed&method=card&sort=-due"],
        ),
    ]
    is_shared: Annotated[bool, Field(description="Whether everybody in the back office has it above the list.")]
    saved_by: Annotated[str, Field(description="Who saved it: the only one who sees it unless it is shared.")]
    created_at: Moment
    changed_at: Moment


def view_shape(row: ViewFacts) -> ViewShape:
    """This function will return what anybody who sees a view is told of it."""
    return {
        "id": public_id(VIEW, row.id),
        "list": row.list_name,
        "name": row.name,
        "query": urlencode(row.parameters),
        "is_shared": row.is_shared,
        "saved_by": row.owner_label,
        "created_at": moment(row.created_at),
        "changed_at": moment(row.changed_at),
    }
