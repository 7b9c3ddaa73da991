"""What people and programs find payments by: words, amounts, and things of other rooms that the text names."""

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import parse_public_id
from tallystick.foundation.words import words_of, words_query
from tallystick.payments.amounts import AMOUNT, thousandths, written_amounts
from tallystick.payments.conditions import Condition, anything_of
from tallystick.payments.models import METHODS
from tallystick.payments.states import KINDS, STATUSES

_OUTWARD: Final = ("reference", "description", "customer_note")
_ALL: Final = (*_OUTWARD, "private_text", "invoice_text")


@dataclass(frozen=True)
class Named:
    """What a text names in other rooms: customers by name, invoices by number, and payments that settle those."""

    customer_ids: tuple[UUID, ...] = ()
    invoice_ids: tuple[UUID, ...] = ()
    payment_ids: tuple[UUID, ...] = ()
    # Whether its words were looked up: what has them is among the payments then, or only a part, when it is too much.
    has_words: bool = False
    is_cut: bool = False


NOTHING_NAMED: Final = Named()


def _words(columns: tuple[str, ...]) -> str:
    return words_of(" || ' ' || ".join(f"p.{column}" for column in columns))


# The words of a payment; the database has an index on those for staff, which hold all the others.
WORDS: Final = _words(_ALL)
OUTWARD_WORDS: Final = _words(_OUTWARD)


def arms(text: str, named: Named, *, public: bool) -> list[Condition]:
    """This function will return the ways in which a payment can fit a search, each of which an index serves.

    Words fit the beginnings of reference, description and note, all of them; for staff also what is behind `#` and
    what was typed as an invoice number. 6085 is looked for as an amount of major and of minor units.
    """
    text = text.replace("\0", "")
    found = _by_number(text)
    if not named.has_words:
        found += by_words(text, public=public)
    if amounts := written_amounts(text):
        found.append(_by_amount(text, amounts))
    for column, ids in (
        ("p.customer_id", named.customer_ids),
        ("p.invoice_id", named.invoice_ids),
        ("p.id", named.payment_ids),
    ):
        if ids:
            found.append(anything_of(column, ids))
    return found


def by_words(text: str, *, public: bool) -> list[Condition]:
    """This function will return the condition that a payment has the words of a text; none for a text without any."""
    query = words_query(text.replace("\0", ""))
    if not query:
        return []
    sql = f"{WORDS} @@ lower(%s)::tsquery"
    if public:
        # The index is on all words: which of them may be told is looked at row by row.
        return [Condition(f"({sql} AND {OUTWARD_WORDS} @@ lower(%s)::tsquery)", [query, query])]
    return [Condition(sql, [query])]


def _by_number(text: str) -> list[Condition]:
    found = [Condition("p.receipt_number = %s", [text.strip().upper()])]
    with suppress(NotFound):
        found.append(Condition("p.id = %s", [parse_public_id("pay", text.strip(), kind="payment")]))
    return found


def _by_amount(text: str, amounts: tuple[Decimal, ...]) -> Condition:
    wanted = {thousandths(amount) for amount in amounts}
    minor = int(text.strip()) if text.strip().isascii() and text.strip().isdigit() else None
    sql, exact = f"{AMOUNT} = ANY(%s)", []
    if minor is not None:
        # As minor units it says another amount in each currency: of those only what has exactly these units.
        wanted |= {minor * 10, minor}
        exact = [sorted({thousandths(amount) for amount in amounts}), minor]
    if not any(each < 0 for each in wanted):
        wanted |= {-each for each in wanted}
    values: list[Any] = [list(STATUSES), list(KINDS), list(METHODS), sorted(wanted)]
    lane = f"p.status = ANY(%s) AND p.kind = ANY(%s) AND p.method = ANY(%s) AND {sql}"
    if exact:
        lane += f" AND (abs({AMOUNT}) = ANY(%s) OR p.total_minor = %s)"
    return Condition(f"({lane})", [*values, *exact])
