"""Contract files of subscriptions: handed in, downloaded, removed (`docs/model.md`, 26; E38d)."""

from datetime import datetime
from uuid import UUID

from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.files import File
from tallystick.foundation.permissions import Actor
from tallystick.subscriptions import files, queries
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.usecases.subscribe import own
from tallystick.wire import subscriptions as wire
from tallystick.wire.subscriptions import ContractFileShape


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def add_contract_file(
    *,
    actor: Actor,
    at: datetime,
    subscription_id: UUID,
    name: str,
    content: bytes,
    idempotency_key: str | None = None,
) -> ContractFileShape:
    """This function will keep a contract, or another document, with a subscription: a PDF or a picture, up to 10 MB.

    Raises:
        NotFound: when there is no such subscription.
        ContractFileNotAccepted: when the file cannot be kept.
    """
    del idempotency_key
    refuse_card_numbers(file=name)
    row = own(actor, subscription_id)
    file_id = files.add(subscription_id=row.id, name=name, content=content, by=actor.label, at=at)
    (kept,) = (each for each in queries.files(subscription_id) if each["id"] == file_id)
    shape = wire.file_shape(kept)
    audit.record(
        actor=actor, at=at, action="add_contract_file", kind="subscription", object_id=subscription_id, after=shape
    )
    return shape


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def remove_contract_file(
    *, actor: Actor, at: datetime, subscription_id: UUID, file_id: UUID, idempotency_key: str | None = None
) -> list[ContractFileShape]:
    """This function will remove a contract file, and return those that are left; nothing is deleted.

    Raises:
        NotFound: when there is no such subscription or file.
    """
    del idempotency_key
    row = own(actor, subscription_id)
    before = [wire.file_shape(each) for each in queries.files(row.id) if each["id"] == file_id]
    files.remove(file_id, of_subscription=row.id, at=at)
    audit.record(
        actor=actor,
        at=at,
        action="remove_contract_file",
        kind="subscription",
        object_id=row.id,
        before=before[0],
    )
    return [wire.file_shape(each) for each in queries.files(row.id)]


@use_case(Permission.DOWNLOAD)
def download_contract_file(*, actor: Actor, at: datetime, subscription_id: UUID, file_id: UUID) -> File:
    """This function will return a contract file as it was handed in; who took it stands in the audit trail.

    Raises:
        NotFound: when there is no such subscription or file.
    """
    require_own(actor, queries.subscription(subscription_id)["customer_id"], kind="subscription")
    row, content = queries.file_content(file_id, of_subscription=subscription_id)
    audit.record(
        actor=actor,
        at=at,
        action="download_contract_file",
        kind="subscription",
        object_id=subscription_id,
        after={"name": row["name"], "sha256": row["sha256"]},
    )
    return File(name=row["name"], media_type=row["media_type"], content=content)
