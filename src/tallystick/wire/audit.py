"""The public shape of entries of the audit: who did what to what, from what to what, without what is private."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import parse_public_id, public_id
from tallystick.wire import (
    approvals,
    bill_runs,
    builders,
    bulk_acts,
    catalog,
    disputes,
    dunning,
    payment_imports,
    references,
)
from tallystick.wire.builders import moment
from tallystick.wire.gateway_messages import GATEWAY_MESSAGE
from tallystick.wire.saved_views import VIEW
from tallystick.wire.shapes import Moment, one_of
from tallystick.wire.staff import MEMBER, ROLE
from tallystick.wire.vouchers import VOUCHER_BATCH

ENTRY: Final = "aud"
MESSAGE: Final = "msg"
SETTING: Final = "set"
EXCHANGE_RATE: Final = "rat"
MONTH: Final = "mon"

# Every kind of thing that entries are about: the prefix of its ids, and what it is.
OBJECT_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "customer": (builders.CUSTOMER, "a customer, its contacts and its payment methods."),
    "invoice": (builders.INVOICE, "an invoice or a top-up request."),
    "payment": (builders.PAYMENT, "a payment of any kind."),
    "dispute": (disputes.DISPUTE, "a dispute or a bank return."),
    "subscription": (references.SUBSCRIPTION, "a subscription."),
    "billing_group": (builders.BILLING_GROUP, "a billing group."),
    "bill_run": (bill_runs.BILL_RUN, "a bill run."),
    "month": (MONTH, "a month of the books."),
    "bulk_act": (bulk_acts.BULK_ACT, "an act on many payments."),
    "payment_import": (payment_imports.PAYMENT_IMPORT, "a file of payments."),
    "product": (catalog.PRODUCT, "a product."),
    "variant": (catalog.VARIANT, "a variant of a product."),
    "price": (catalog.PRICE, "a price."),
    "tax_rate": (builders.TAX_RATE, "a tax rate."),
    "dunning_plan": (dunning.DUNNING_PLAN, "a dunning plan."),
    "voucher_batch": (VOUCHER_BATCH, "a batch of vouchers."),
    "approval": (approvals.APPROVAL, "what waits for a second person."),
    "message": (MESSAGE, "a mail."),
    "user": (MEMBER, "a member of staff."),
    "role": (ROLE, "a role."),
    "view": (VIEW, "a saved view of a list."),
    "setting": (SETTING, "a setting of the business."),
    "exchange_rate": (EXCHANGE_RATE, "an exchange rate."),
    "gateway_message": (GATEWAY_MESSAGE, "a message of a payment service."),
    "gateway_account": (builders.GATEWAY_ACCOUNT, "an account at a payment service."),
    "api_key": (builders.API_KEY, "an API key."),
}
ACTOR_KINDS: Final = {
    "staff": "a member of staff.",
    "contact": "a contact of a customer, in the portal.",
    "api_key": "a program.",
    "gateway": "a payment service.",
    "system": "the system by itself.",
    "link": "whoever opened a payment link.",
}
_ACTORS: Final = {"staff": MEMBER, "contact": builders.CONTACT, "api_key": builders.API_KEY}

Facts = Annotated[
    dict[str, Any] | None,
    Field(
        description="Facts by name, as the answers about the thing have them; null when there are none. What is "
        "private is left out.",
        examples=[{"status": "completed"}],
    ),
]


class AuditActorShape(TypedDict):
    """Who did it."""

    kind: Annotated[str, one_of(ACTOR_KINDS, example="staff")]
    id: Annotated[
        str,
        Field(
            description="Of staff `usr_…`, of a contact `con_…`, of a program `key_…`; else its name.",
            examples=["usr_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"],
        ),
    ]
    name: Annotated[str, Field(description="The name of that time.", examples=["Ada Lovelace"])]


class AuditObjectShape(TypedDict):
    """What it was done to."""

    kind: Annotated[str, one_of({kind: about for kind, (_, about) in OBJECT_KINDS.items()}, example="payment")]
    id: Annotated[str, Field(examples=["pay_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class AuditEntryShape(TypedDict):
    """Something that was done. Entries are never changed or removed."""

    id: Annotated[str, Field(examples=["aud_0000000000000000000000000000002a"])]
    at: Moment
    actor: AuditActorShape
    action: Annotated[str, Field(description="The act's own name.", examples=["mark_paid"])]
    object: AuditObjectShape
    before: Facts
    after: Facts
    private: Annotated[
        list[str],
        Field(description="The names of facts that only the back office shows.", examples=[["remark"]]),
    ]


def private_facts(kind: str) -> frozenset[str]:
    """This function will return which facts of a kind of thing stay in the back office (`docs/model.md`, 11)."""
    # The note of a customer is the business's own; that of a payment is the customer's.
    return _PRIVATE | {"note"} if kind == "customer" else _PRIVATE


_PRIVATE: Final = frozenset({"private_text", "remark"})


def entry_shape(row: Mapping[str, Any]) -> AuditEntryShape:
    """This function will return an entry as it is told outside."""
    hidden = private_facts(row["object_kind"])
    both = (row["before"] or {}, row["after"] or {})
    prefix, _ = OBJECT_KINDS.get(row["object_kind"], (row["object_kind"][:3], ""))
    return {
        "id": public_id(ENTRY, UUID(int=row["id"])),
        "at": moment(row["at"]),
        "actor": {
            "kind": row["actor_kind"],
            "id": _actor_id(row["actor_kind"], row["actor_id"]),
            "name": row["actor_label"],
        },
        "action": row["action"],
        "object": {"kind": row["object_kind"], "id": public_id(prefix, row["object_id"])},
        "before": _public(row["before"], hidden),
        "after": _public(row["after"], hidden),
        "private": sorted({name for facts in both for name in facts if name in hidden}),
    }


def entry_id_of(text: str) -> int:
    """This function will return the id of an entry from its public id.

    Raises:
        NotFound: when it cannot be one.
    """
    number = parse_public_id(ENTRY, text, kind="audit entry").int
    if number >= 1 << 63:
        raise NotFound(kind="audit entry")
    return number


def object_id_of(text: str) -> UUID:
    """This function will return the id of anything that entries are about from its public id.

    Raises:
        NotFound: when it cannot be one.
    """
    prefix = text.partition("_")[0]
    if all(prefix != known for known, _ in OBJECT_KINDS.values()):
        raise NotFound(kind="object")
    return parse_public_id(prefix, text, kind="object")


def object_public_id(kind: str, object_id: UUID) -> str:
    """This function will return the public id of a thing that entries are about."""
    return public_id(OBJECT_KINDS[kind][0], object_id)


def actor_of(text: str) -> tuple[str, str]:
    """This function will return the kind and the id of an actor from its public id.

    Raises:
        NotFound: when it cannot be one.
    """
    for kind, prefix in _ACTORS.items():
        if text.startswith(f"{prefix}_"):
            return kind, str(parse_public_id(prefix, text, kind="actor"))
    raise NotFound(kind="actor")


def _actor_id(kind: str, identifier: str) -> str:
    try:
        return public_id(_ACTORS[kind], UUID(identifier))
    except (KeyError, ValueError):
        return identifier


def _public(facts: Any, hidden: frozenset[str]) -> Any:
    if isinstance(facts, dict):
        return {name: _public(value, hidden) for name, value in facts.items() if name not in hidden}
    if isinstance(facts, list):
        return [_public(value, hidden) for value in facts]
    return facts
