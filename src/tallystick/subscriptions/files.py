"""Writing contract files: what was signed, as it was handed in. Removed, never deleted."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from tallystick.foundation.errors import Invalid, NotFound
from tallystick.foundation.transactions import needs_transaction
from tallystick.subscriptions.models import ContractFile

LARGEST_BYTES: Final = 10_000_000
LONGEST_NAME: Final = 200

# How the files that are taken begin, whatever their names say.
_BEGINNINGS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_WEBP: Final = "image/webp"
MEDIA_TYPES: Final = (*dict.fromkeys(media_type for _, media_type in _BEGINNINGS), _WEBP)


@dataclass(kw_only=True, eq=False)
class ContractFileNotAccepted(Invalid):
    """The file cannot be kept as a contract."""

    code: ClassVar[str] = "contract_file_not_accepted"
    sentence: ClassVar[str] = "{reason}"
    field: ClassVar[str | None] = "file"

    reason: str


@needs_transaction
def add(*, subscription_id: UUID, name: str, content: bytes, by: str, at: datetime) -> UUID:
    """This function will keep a file with a subscription and return its id.

    Raises:
        ContractFileNotAccepted: when it is empty, too large, neither a PDF nor a picture by its content, or nameless.
    """
    media_type = _media_type(content)
    # Some programs send the path on their machine.
    kept = name.replace("\\", "/").rpartition("/")[2].strip()
    if not 0 < len(kept) <= LONGEST_NAME or not kept.isprintable():
        raise ContractFileNotAccepted(reason=f"A file has a name of 1 to {LONGEST_NAME} characters, on one line.")
    row = ContractFile.objects.create(
        subscription_id=subscription_id,
        name=kept,
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        added_at=at,
        added_by=by,
    )
    return row.id


@needs_transaction
def remove(file_id: UUID, *, of_subscription: UUID, at: datetime) -> None:
    """This function will take a file out of sight; its row stays.

    Raises:
        NotFound: when there is none, or it was removed already.
    """
    rows = ContractFile.objects.filter(id=file_id, subscription_id=of_subscription, removed_at=None)
    if not rows.update(removed_at=at):
        raise NotFound(kind="contract file")


def _media_type(content: bytes) -> str:
    if not content:
        raise ContractFileNotAccepted(reason="The file is empty.")
    if len(content) > LARGEST_BYTES:
        raise ContractFileNotAccepted(reason="A contract file has at most 10 MB.")
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _WEBP
    raise ContractFileNotAccepted(reason="A contract file is a PDF or a picture: PNG, JPEG, TIFF or WebP.")
