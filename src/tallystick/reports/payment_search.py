"""What a search among payments means in other rooms (E16), and which payments belong to billing groups (E17)."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from tallystick.allocations import queries as allocations
from tallystick.customers import queries as customers
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import parse_public_id
from tallystick.invoices import queries as invoices
from tallystick.invoices import searching as invoice_search
from tallystick.payments import lists
from tallystick.payments.searching import Named
from tallystick.subscriptions import queries as subscriptions

# How many customers, or invoices, a text may stand for; a shorter text stands for some of them.
MOST: Final = 1000
# Of billing groups with more invoices, the newest ones.
_MOST_OF_GROUPS: Final = 10_000
# So many of the newest payments of a group's payer are looked through for money that is set against nothing.
_NEWEST_OF_PAYERS: Final = 1000


def named(text: str, *, public: bool = False) -> Named:
    """This function will return the customers, invoices and payments that a text names or has the words of.

    A customer is named by words of its name or by its number; an invoice by the beginning of its number; a subscription
    by its number or public id, for all its invoices. Payments are those expected for such invoices, those that settle
    them, and those that are meant to. `public` leaves out words that are for staff alone.
    """
    text = text.replace("\0", "").strip()
    if not text:
        return Named()
    claims = [*invoice_search.numbered(text, limit=MOST), *_of_subscription(text)]
    having, is_cut = lists.with_words(text, public=public)
    return Named(
        has_words=True,
        is_cut=is_cut,
        customer_ids=customers.named(text, limit=MOST),
        invoice_ids=tuple(claims),
        payment_ids=(*allocations.settling(claims), *having),
    )


def of_groups(group_ids: Collection[UUID]) -> tuple[UUID, ...]:
    """This function will return the payments of billing groups beside those expected for their invoices.

    These settle such an invoice or are meant to; or they are money of a group's payer that is set against nothing yet
    and meant for nothing else; or refunds of those. Of groups and payers with very many, they are the newest.
    """
    claims = invoices.of_groups(group_ids, limit=_MOST_OF_GROUPS)
    waiting = lists.credit_of(customers.payers_of(group_ids), most=_NEWEST_OF_PAYERS)
    credit = set(waiting) - allocations.meant_elsewhere(waiting, than=claims)
    found = credit.union(allocations.settling(claims))
    return (*found, *lists.refunds_of(found))


def _of_subscription(text: str) -> list[UUID]:
    try:
        return subscriptions.invoice_ids(parse_public_id("sub", text, kind="subscription"))
    except NotFound:
        return subscriptions.invoices_of_number(text)
