"""Where a payment's money is, as its page shows it: a group for each share of the total, with what is behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later
from django.utils.translation import ngettext

from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.disputes import dispute_lines
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.backoffice.naming import Row, amount_text, day_text, invoice_name, invoice_state, signed
from tallystick.interfaces.backoffice.parts import payment_lines
from tallystick.interfaces.backoffice.payment_links import release_link
from tallystick.interfaces.kit import markup
from tallystick.payments import queries as payments
from tallystick.payments import states
from tallystick.reports.money_map import Allocated, Meant, MoneyMap, Share

# How many allocations the page of a payment lists; a page of their own has the others.
LISTED: Final = 20

# What each share is called, the number that explains it, and its colour in the picture.
_SHARES: Final[Mapping[str, tuple[Any, str, int]]] = {
    "allocated": (_later("Allocated"), "payment.allocated", 1),
    "small_differences": (_later("Small differences"), "payment.difference", 3),
    "refunded": (_later("Refunded"), "payment.refunded", 4),
    "refund_under_way": (_later("Held for a refund under way"), "payment.under_way", 4),
    "lost": (_later("Lost in disputes"), "payment.lost", 5),
    "credit": (_later("Kept as credit"), "payment.unallocated", 2),
    "suspense": (_later("Waits in suspense"), "payment.unallocated", 2),
    "reversed": (_later("Reversed"), "", 6),
    "meant": (_later("Meant for"), "", 1),
    "for_no_invoice": (_later("For no invoice"), "", 6),
    "paid_back": (_later("Back with the payer"), "payment.total", 4),
    "on_its_way": (_later("On its way to the payer"), "payment.total", 4),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One object behind a share: its page, its state, what else is to know, when, how much, and what undoes it."""

    name: str
    url: str
    state: SafeString | str = ""
    more: str = ""
    at: datetime | None = None
    amount: SafeString | str = ""
    undo: Link | None = None


@dataclass(kw_only=True)
class Group:
    """A share of the total with its lines; one without a share says what is behind the payment and takes nothing."""

    title: Any
    series: int = 0
    amount: SafeString | str = ""
    lines: list[Line] = field(default_factory=list)
    more_url: str = ""
    more: str = ""


# Refunds and disputes that took nothing, or nothing yet.
_BEHIND: Final[Mapping[str, Any]] = {"refunded": _later("Refunds"), "lost": _later("Disputes")}


def money_shown(request: StaffRequest, found: MoneyMap, *, lists_all: bool = False) -> dict[str, Any]:
    """This function will return what the map of a payment's money shows: the parts of its picture, and the groups.

    Unless the page lists all allocations, it leads to the one that does when there are more.
    """
    row = found.payment
    groups = {share.kind: _group(row, share) for share in found.shares if share.kind in _SHARES}
    parts = [(groups[share.kind].series, share.minor) for share in found.shares if share.kind in groups]
    for kind, lines in _lines(request, found).items():
        if lines and (kind in groups or kind in _BEHIND):
            groups.setdefault(kind, Group(title=_BEHIND.get(kind, ""))).lines = lines
    if "allocated" in groups:
        _count(groups["allocated"], found, lists_all=lists_all)
    return {
        "groups": list(groups.values()),
        "parts": parts,
        "total": _explained(signed(row), row["currency"], "payment.total", payment=row["id"]),
    }


def _group(row: Row, share: Share) -> Group:
    title, number, series = _SHARES[share.kind]
    minor = -share.minor if row["kind"] == states.REFUND else share.minor
    if number:
        shown = _explained(minor, row["currency"], number, payment=row["id"])
    else:
        tone = "void" if share.kind == "reversed" else ""
        shown = markup.amount(minor, row["currency"], shape="code", tone=tone)
    return Group(title=title, series=series, amount=shown)


def _lines(request: StaffRequest, found: MoneyMap) -> dict[str, list[Line]]:
    row, today = found.payment, request.today
    return {
        "allocated": [_allocation(request, row, each) for each in found.allocated],
        "meant": [_meant(row, each, today) for each in found.meant],
        "small_differences": [_written_off(row, each) for each in found.differences],
        "refunded": [_refund(each) for each in payment_lines(found.refunds)],
        "lost": [_dispute(row, each) for each in dispute_lines(found.disputes[::-1])],
        "paid_back" if row["status"] == states.COMPLETED else "on_its_way": _paid_back(row),
    }


def _paid_back(row: Row) -> list[Line]:
    """The payment whose money a refund is."""
    if row["refund_of_id"] is None:
        return []
    return [
        Line(name=each["name"], url=each["url"], at=each["completed_at"])
        for each in payment_lines(payments.by_ids([row["refund_of_id"]]))
    ]


def _allocation(request: StaffRequest, row: Row, each: Allocated) -> Line:
    part, currency = each.allocation, row["currency"]
    return Line(
        name=invoice_name(each.invoice),
        url=addresses.invoice_url(part["invoice_id"]),
        state=markup.status(invoice_state(each.invoice, request.today)),
        more=_rest(each.invoice)
        if each.lot is None
        else _("%(amount)s of it left in the wallet") % {"amount": amount_text(each.lot["left_minor"], currency)},
        at=part["allocated_at"],
        amount=_explained(part["amount_minor"], currency, "allocation.amount", allocation=part["id"]),
        undo=release_link(request, row, part),
    )


def _meant(row: Row, each: Meant, today: date) -> Line:
    return Line(
        name=invoice_name(each.invoice),
        url=addresses.invoice_url(each.invoice["id"]),
        state=markup.status(invoice_state(each.invoice, today)),
        more=_rest(each.invoice),
        amount=_plain(each.minor, row),
    )


def _rest(invoice: Row) -> str:
    """What is still open of an invoice, when something is."""
    if not invoice["open_minor"]:
        return ""
    return _("%(amount)s open") % {"amount": amount_text(invoice["open_minor"], invoice["currency"])}


def _written_off(row: Row, each: Row) -> Line:
    amount = _explained(each["amount_minor"], row["currency"], "payment.difference", payment=row["id"])
    return Line(name=each["reason"], url="", at=each["written_at"], amount=amount)


def _refund(each: Row) -> Line:
    return Line(
        name=each["name"],
        url=each["url"],
        state=each["status_shown"],
        at=each["completed_at"] or each["created_at"],
        amount=_explained(each["signed_minor"], each["currency"], "payment.total", payment=each["id"]),
    )


def _dispute(row: Row, each: Row) -> Line:
    told = [_taken(each)] if each["state"] == "lost" else []
    if each["due"]:
        told.append(_("evidence due %(day)s") % {"day": day_text(each["due"])})
    return Line(
        name=str(each["reason"] or each["kind_word"]),
        url=each["url"],
        state=each["state_shown"],
        more=", ".join(told),
        at=each["opened_at"],
        amount=_plain(each["amount_minor"], row),
    )


def _taken(each: Row) -> str:
    taken = _("%(amount)s taken") % {"amount": amount_text(each["taken_minor"], each["currency"])}
    if not each["loss_minor"]:
        return taken
    return _("%(taken)s, %(loss)s a loss") % {
        "taken": taken,
        "loss": amount_text(each["loss_minor"], each["currency"]),
    }


def _count(group: Group, found: MoneyMap, *, lists_all: bool) -> None:
    """Say how many there are, and where the others are."""
    many = found.allocated_count
    told = ngettext("Allocated to %(count)s invoice", "Allocated to %(count)s invoices", many)
    group.title = told % {"count": many}
    if many > len(found.allocated) and not lists_all:
        group.more = _("All %(count)s allocations") % {"count": many}
        group.more_url = addresses.money_url(found.payment["id"])


def _plain(minor: int, row: Row) -> SafeString:
    return markup.amount(minor, row["currency"], shape="code")


def _explained(minor: int, currency: str, number: str, **about: UUID) -> SafeString:
    return markup.amount(minor, currency, shape="code", explain=addresses.explain_url(number, **about))
