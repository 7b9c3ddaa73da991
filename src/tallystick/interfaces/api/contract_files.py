"""`/subscriptions/{id}/files`: what was signed."""

from typing import Final

from django.core.exceptions import SuspiciousOperation
from django.http.multipartparser import MultiPartParserError
from typing_extensions import TypedDict

from tallystick.foundation.files import File
from tallystick.foundation.uploads import LARGEST_BYTES, MEDIA_TYPES
from tallystick.interfaces.api.door import Request, RequiredKey, Room, asked, call, viewer
from tallystick.interfaces.api.inputs import Nothing
from tallystick.interfaces.api.lists import own_subscription
from tallystick.subscriptions import queries
from tallystick.subscriptions.files import ContractFileNotAccepted
from tallystick.usecases import contracts
from tallystick.wire import subscriptions as wire
from tallystick.wire.ids import contract_file_id_of, subscription_id_of
from tallystick.wire.subscriptions import ContractFileShape

router = Room(tags=["subscriptions"])

_UPLOAD: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "A PDF or a picture (PNG, JPEG, TIFF, WebP) of at most 10 MB.",
                        }
                    },
                }
            }
        },
    }
}
_FILE_ANSWER: Final = {
    "responses": {
        200: {
            "description": "The file as it was handed in.",
            "content": {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in MEDIA_TYPES},
        }
    }
}
# What the form around a file may add to its size.
_ENVELOPE_BYTES: Final = 100_000


class FileList(TypedDict):
    """The contract files of a subscription."""

    data: list[ContractFileShape]


@router.get(
    "/{subscription_id}/files", response=FileList, summary="List contract files", operation_id="list_contract_files"
)
def list_files(request: Request, subscription_id: str) -> FileList:
    """Answers with the contract files of the subscription, the oldest first. Needs `view`."""
    row = own_subscription(viewer(request), subscription_id)
    return {"data": [wire.file_shape(each) for each in queries.files(row["id"])]}


@router.post(
    "/{subscription_id}/files",
    response={201: ContractFileShape},
    summary="Add a contract file",
    operation_id="add_contract_file",
    openapi_extra=_UPLOAD,
)
def add_file(request: Request, subscription_id: str, key: RequiredKey) -> ContractFileShape:
    """Keeps a file with the subscription, sent as `multipart/form-data` in the field `file`. Needs
    `subscriptions.change`.
    """
    found = subscription_id_of(subscription_id)
    name, content = _uploaded(request)
    return contracts.add_contract_file(subscription_id=found, name=name, content=content, **call(request, key))


@router.get(
    "/{subscription_id}/files/{contract_file_id}",
    summary="Download a contract file",
    operation_id="download_contract_file",
    openapi_extra=_FILE_ANSWER,
)
def download_file(request: Request, subscription_id: str, contract_file_id: str) -> File:
    """Answers with the file as it was handed in. Needs `download`."""
    return contracts.download_contract_file(
        subscription_id=subscription_id_of(subscription_id),
        file_id=contract_file_id_of(contract_file_id),
        **asked(request),
    )


@router.post(
    "/{subscription_id}/files/{contract_file_id}/remove",
    response=FileList,
    summary="Remove a contract file",
    operation_id="remove_contract_file",
)
def remove_file(
    request: Request, subscription_id: str, contract_file_id: str, key: RequiredKey, body: Nothing | None = None
) -> FileList:
    """Removes a file and answers with those that are left. Needs `subscriptions.change`."""
    del body
    left = contracts.remove_contract_file(
        subscription_id=subscription_id_of(subscription_id),
        file_id=contract_file_id_of(contract_file_id),
        **call(request, key),
    )
    return {"data": left}


def _uploaded(request: Request) -> tuple[str, bytes]:
    """The one file of a form, looked at only when it cannot be too large."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BYTES + _ENVELOPE_BYTES:
        raise ContractFileNotAccepted(reason="A file has at most 10 MB.")
    try:
        uploads = request.FILES.getlist("file") if request.content_type == "multipart/form-data" else []
        others = {*request.FILES, *request.POST} - {"file"} if uploads else set()
    except (MultiPartParserError, SuspiciousOperation):
        uploads, others = [], set()
    if len(uploads) != 1 or others or uploads[0].name is None:
        raise ContractFileNotAccepted(
            reason="Send one file as multipart/form-data, in the field “file” and nothing else."
        )
    return uploads[0].name, uploads[0].read()
