"""`/gateway_accounts`: through which money can be collected. Their configuration is never told."""

from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.gateways import queries as gateways
from tallystick.interfaces.api.door import Request, Room, viewer
from tallystick.wire import builders
from tallystick.wire.shapes import GatewayAccountShape

router = Room(tags=["gateway accounts"])


class GatewayAccountList(TypedDict):
    """All gateway accounts that are switched on."""

    data: list[GatewayAccountShape]


@router.get("", response=GatewayAccountList, summary="List gateway accounts", operation_id="list_gateway_accounts")
def list_gateway_accounts(request: Request) -> GatewayAccountList:
    """Answers with all accounts that are switched on, by name: ids and names only."""
    viewer(request)
    rows = gateways.accounts(enabled_only=True)
    return {"data": [{"id": public_id(builders.GATEWAY_ACCOUNT, row["id"]), "name": row["name"]} for row in rows]}
