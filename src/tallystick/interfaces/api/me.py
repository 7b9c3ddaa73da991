"""`GET /me`: what the calling key is and may do."""

from uuid import UUID

from tallystick.foundation import api_keys
from tallystick.interfaces.api.door import Request, Room
from tallystick.usecases.keys import ApiKeyShape, api_key_shape

router = Room(tags=["me"])


@router.get("", response=ApiKeyShape, summary="What this key may do", operation_id="get_me")
def get_me(request: Request) -> ApiKeyShape:
    """Answers with the key's name, permissions, and the customer that it is narrowed to. Needs no permission."""
    return api_key_shape(api_keys.key(UUID(request.auth.id)))
