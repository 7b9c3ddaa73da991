"""Writing contract files: what was signed, as it was handed in. Removed, never deleted."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from tallystick.foundation.errors import NotFound
from tallystick.foundation.transactions import needs_transaction
from tallystick.foundation.uploads import FileNotAccepted, read_upload
from tallystick.subscriptions.models import ContractFile


@dataclass(kw_only=True, eq=False)
class ContractFileNotAccepted(FileNotAccepted):
    """The file cannot be kept as a contract."""

    code: ClassVar[str] = "contract_file_not_accepted"


@needs_transaction
def add(*, subscription_id: UUID, name: str, content: bytes, by: str, at: datetime) -> UUID:
    """This function will keep a file with a subscription and return its id.

    Raises:
        ContractFileNotAccepted: when it is empty, too large, neither a PDF nor a picture by its content, or nameless.
    """
    upload = read_upload(name, content, refusal=ContractFileNotAccepted)
    row = ContractFile.objects.create(subscription_id=subscription_id, added_at=at, added_by=by, **upload.columns())
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
