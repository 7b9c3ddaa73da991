"""`/gateway_messages`: what payment services told us that fits nothing, and what staff closed."""

from typing import Annotated, Literal

from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.permissions import Actor
from tallystick.gateways import queries
from tallystick.gateways.message_states import CLOSED, OPEN
from tallystick.interfaces.api.door import Request, RequiredKey, Room, call
from tallystick.interfaces.api.inputs import Input, Line200, Nothing
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed
from tallystick.usecases import inbox
from tallystick.usecases.frame import require_unscoped
from tallystick.usecases.roles import Permission
from tallystick.wire.gateway_messages import GatewayMessageShape, message_shape
from tallystick.wire.ids import gateway_message_id_of
from tallystick.wire.shapes import one_of

router = Room(tags=["gateway messages"])

_STATES = {
    "open": "what fits nothing, or what nothing has acted on yet.",
    "closed": "what staff are done with.",
}


class MessageQuery(PageQuery):
    """Which messages the list shows."""

    state: Annotated[Literal["open", "closed"], one_of(_STATES, example="open")] = "open"


class CloseInput(Input):
    """Why a message is closed."""

    reason: Annotated[Line200, Field(min_length=1, examples=["A test of the payment service"])]


class MessagePage(TypedDict):
    """A page of messages."""

    data: list[GatewayMessageShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.get("", response=MessagePage, summary="List messages", operation_id="list_gateway_messages")
def list_gateway_messages(request: Request, query: Query[MessageQuery]) -> Listed:
    """Answers with the messages that wait for somebody, or with those that were closed, the oldest first. Needs
    `inbox.handle`, and a key that is not narrowed to one customer.
    """
    _reader(request)
    states = (CLOSED,) if query.state == "closed" else OPEN
    page = queries.messages_page(states=states, cursor=query.cursor, limit=query.limit)
    return listed([message_shape(row) for row in page.rows], page)


@router.get(
    "/{gateway_message_id}",
    response=GatewayMessageShape,
    summary="Get a message",
    operation_id="get_gateway_message",
)
def get_gateway_message(request: Request, gateway_message_id: str) -> GatewayMessageShape:
    """Answers with a message, whatever became of it. Needs `inbox.handle`, and a key that is not narrowed to one
    customer.
    """
    _reader(request)
    return message_shape(queries.message(gateway_message_id_of(gateway_message_id)))


@router.post(
    "/{gateway_message_id}/close",
    response=GatewayMessageShape,
    summary="Close a message",
    operation_id="close_gateway_message",
)
def close_gateway_message(
    request: Request, gateway_message_id: str, key: RequiredKey, body: CloseInput
) -> GatewayMessageShape:
    """Puts a message that fits nothing aside, with a reason; no payment changes. One that nothing has acted on yet is
    refused. Needs `inbox.handle`.
    """
    return inbox.close_message(
        message_id=gateway_message_id_of(gateway_message_id), reason=body.reason, **call(request, key)
    )


@router.post(
    "/{gateway_message_id}/reopen",
    response=GatewayMessageShape,
    summary="Open a message again",
    operation_id="reopen_gateway_message",
)
def reopen_gateway_message(
    request: Request, gateway_message_id: str, key: RequiredKey, body: Nothing | None = None
) -> GatewayMessageShape:
    """Lets a closed message wait for somebody again. Needs `inbox.handle`."""
    del body
    return inbox.reopen_message(message_id=gateway_message_id_of(gateway_message_id), **call(request, key))


def _reader(request: Request) -> Actor:
    request.auth.require(Permission.HANDLE_INBOX)
    require_unscoped(request.auth, Permission.HANDLE_INBOX)
    return request.auth
