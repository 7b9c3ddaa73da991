"""What an entry of the audit says, in words: the act, the thing, and what changed of it, from what to what."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.allocations.queries import TOLERANCE
from tallystick.catalog import queries as catalog
from tallystick.customers import queries as customers
from tallystick.foundation import staff
from tallystick.foundation.clock import business_zone
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.audit_words import ENDS, action_word, fact_word, object_word, plain
from tallystick.interfaces.backoffice.naming import Row, amount_text, payment_name
from tallystick.interfaces.kit.contact_form import MAILS, RIGHTS
from tallystick.interfaces.kit.formatting import format_day, format_moment
from tallystick.interfaces.kit.markup import current_locale
from tallystick.interfaces.kit.status import LOOKS
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.payments import queries as payments
from tallystick.payments.states import STATUSES
from tallystick.subscriptions import queries as subscriptions
from tallystick.wire import words
from tallystick.wire.audit import private_facts
from tallystick.wire.permissions import MEANINGS

# What is told of a thing that was made, or of an act that has no before, in this order; the rest stands on its page.
_TELLING: Final = (
    *("name", "email", "contact", "viewer", "ends_at", "why", "recipient_email", "number", "receipt_number"),
    *("status", "state", "outcome"),
    *(
        "total_minor",
        "amount_minor",
        "price_minor",
        "debit_limit_minor",
        "percent",
        "frequency",
        "rate",
        "valid_from",
        "source",
    ),
    *(
        "charge_day",
        "cap_minor",
        "evidence",
        "customer",
        "payer",
        "group",
        "date",
        "invoice",
        "refund",
        "method",
        "received_date",
        "due_date",
        "as_of_date",
    ),
    *(
        "reference",
        "description",
        "private_text",
        "remark",
        "quantity",
        "billing_day",
        "roles",
        "permissions",
        "rights",
    ),
    *(
        "brand",
        "last_four",
        "action",
        "payments",
        "files",
        "list",
        "query",
        "is_shared",
        "adapter",
        "is_live",
        "asked_by",
        "reason",
    ),
)
# What is told beside changes, though nothing stood there before.
_BESIDE: Final = ("amount_minor", "outcome", "asked_by", "reason", "evidence")
# In the history of a group these name the customer by its number.
_BY_NUMBER: Final = {"join_group", "leave_group"}
# Facts that name a thing, and its kind.
_NAMING: Final = {
    "customer": "customer",
    "customer_id": "customer",
    "payer": "customer",
    "invoice": "invoice",
    "payment": "payment",
    "refund": "payment",
    "price": "price",
    "variant": "variant",
    "tax_rate": "tax_rate",
    "tax_rate_id": "tax_rate",
}
# What the values of a fact are called.
_WORDS: Final[Mapping[str, Mapping[Any, Any]]] = {
    "why": ENDS,
    "permissions": MEANINGS,
    "rights": RIGHTS,
    "mails": MAILS,
}
# Those of them that are called in whole sentences.
_SENTENCES: Final = frozenset({"permissions"})
_WHOLE: Final = re.compile(r"-?\d+")
_ID: Final = re.compile(r"[a-z]{3}_[0-9a-f]{32}")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")
_PICTURE: Final = re.compile(r"[0-9a-f]{64}")
_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {})
_LONGEST: Final = 300


@dataclass(frozen=True)
class Change:
    """A fact of an entry: what it is called, and from what it became what. Without a before it is simply so."""

    label: str
    before: str | None
    after: str

    @property
    def text(self) -> str:
        """The change on one line."""
        if self.before is None:
            return f"{self.label}: {self.after}"
        return f"{self.label}: {self.before or _('nothing')} → {self.after or _('nothing')}"


@dataclass(frozen=True)
class Told:
    """An entry in words."""

    word: str
    kind: str
    name: str
    url: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Names:
    """What things are called, and in which currency their amounts are; by their ids."""

    names: Mapping[UUID, str] = field(default_factory=dict)
    # Of customers whom an entry names by their number.
    numbered: Mapping[str, str] = field(default_factory=dict)
    currencies: Mapping[UUID, str] = field(default_factory=dict)


def names_of(rows: Sequence[Row]) -> Names:
    """This function will look up what the things of entries are called, with a few queries for any number of them."""
    wanted = _named_in(rows)
    known = customers.names(wanted["customer"])
    known |= customers.group_names(wanted["billing_group"])
    currencies: dict[UUID, str] = {}
    for each in invoices.invoices_by_id(wanted["invoice"]).values():
        known[each["id"]], currencies[each["id"]] = each["number"] or _("Draft"), each["currency"]
    for each in payments.by_ids(list(wanted["payment"])) if wanted["payment"] else ():
        known[each["id"]], currencies[each["id"]] = payment_name(each, known), each["currency"]
    for each in subscriptions.by_ids(wanted["subscription"]).values():
        known[each["id"]], currencies[each["id"]] = each["number"], each["currency"]
    if wanted["user"]:
        known |= {each.id: each.name for each in staff.members()}
    known |= _named_in_catalogue(wanted)
    numbers = {row["after"]["customer"] for row in rows if row["action"] in _BY_NUMBER and "customer" in row["after"]}
    return Names(known, customers.names_by_number(numbers) if numbers else {}, currencies)


def _named_in_catalogue(wanted: Mapping[str, set[UUID]]) -> dict[UUID, str]:
    known: dict[UUID, str] = {}
    if rates := wanted.get("tax_rate"):
        known |= {each.id: each.name for each in catalog.tax_rates_by_id(rates).values()}
    if prices := wanted.get("price"):
        known |= {each.id: each.description for each in catalog.prices_by_id(prices).values()}
    if variants := wanted.get("variant"):
        named = catalog.variant_names(variants)
        known |= {variant_id: f"{product} – {name}" for variant_id, (product, name) in named.items()}
    return known


def _named_in(rows: Iterable[Row]) -> defaultdict[str, set[UUID]]:
    wanted: defaultdict[str, set[UUID]] = defaultdict(set)
    for row in rows:
        wanted[row["object_kind"]].add(row["object_id"])
        for facts in (row["before"], row["after"]):
            for name, kind in _NAMING.items():
                if (found := _id_in((facts or {}).get(name))) is not None:
                    wanted[kind].add(found)
    return wanted


def told(row: Row, names: Names, *, with_private: bool = True) -> Told:
    """This function will say an entry in words; without what is private where it goes to somebody else's hands."""
    kind, object_id = row["object_kind"], row["object_id"]
    own = row["after"] or row["before"] or {}
    name = names.names.get(object_id) or next((str(own[each]) for each in ("name", "number") if own.get(each)), "")
    if kind == "dispute" and (payment_id := _id_in(own.get("payment"))) is not None:
        name = names.names.get(payment_id, "")
    if kind == "exchange_rate":
        name = str(own.get("currency", ""))
    if kind == "setting":
        name = ", ".join(fact_word(each) for each in own)
    url = reverse("office:settings") if kind == "setting" else addresses.object_url(kind, object_id)
    changes = _changes(row, names, called=name, with_private=with_private)
    return Told(action_word(row["action"]), object_word(kind), name, url, tuple(changes))


def _changes(row: Row, names: Names, *, called: str, with_private: bool) -> Iterator[Change]:
    before, after = row["before"] or {}, row["after"] or {}
    hidden = set() if with_private else private_facts(row["object_kind"])
    reading = _Reading(row, names)
    for name in _order(before, after):
        new_name = name if name in after else name.removesuffix("_id")
        is_change = name in before and new_name in after
        if is_change and _plain(before[name]) == _plain(after[new_name]):
            continue
        if not is_change and name in before and after:
            # It is not said what became of it.
            continue
        if name in hidden:
            yield Change(fact_word(name), None, _("(private)"))
            continue
        value = after[new_name] if new_name in after else before[name]
        if is_change and isinstance(before[name], dict) and isinstance(value, dict) and "minor" not in value:
            yield from reading.inside(before[name], value)
        elif is_change:
            yield Change(fact_word(new_name), *reading.both(name, before[name], new_name, value))
        elif value not in _NOTHING and value is not False and value != called and not reading.is_nameless(value):
            yield Change(fact_word(new_name), None, reading.of(new_name, value))


def _order(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    if not before or not after:
        own = after or before
        return [name for name in _TELLING if name in own] or [name for name in own if not _ID.fullmatch(str(own[name]))]
    return [*before, *(name for name in _BESIDE if name in after and name not in before)]


@dataclass(frozen=True)
class _Reading:
    """How values of an entry are read: its amounts in its currency, its days and moments as the business has them."""

    row: Row
    names: Names

    def of(self, name: str, value: Any) -> str:
        """This function will write a value."""
        if value in _NOTHING or value == "None":
            shown = ""
        elif isinstance(value, bool):
            shown = _("yes") if value else _("no")
        elif isinstance(value, dict):
            shown = self._facts(value)
        elif isinstance(value, list):
            is_deep = any(isinstance(each, (dict, list)) for each in value)
            # Sentences end by themselves.
            between = " " if name in _SENTENCES else ", "
            shown = str(len(value)) if is_deep else between.join(self.of(name, each) for each in value)
        else:
            shown = self._word(name, str(value)) or self._text(str(value))
        return shown if name in _SENTENCES else shown[:_LONGEST]

    def both(self, name: str, before: Any, new_name: str, after: Any) -> tuple[str, str]:
        """This function will write what was and what is; of two lists of words only what is in one of them."""
        lists = isinstance(before, list) and isinstance(after, list)
        if lists and all(isinstance(each, str) for each in (*before, *after)):
            before, after = _without(before, after), _without(after, before)
        return self.of(name, before), self.of(new_name, after)

    def inside(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
        """This function will say what changed within a group of facts, such as an address."""
        for name in [*before, *(name for name in after if name not in before)]:
            if _plain(before.get(name)) != _plain(after.get(name)):
                yield Change(fact_word(name), self.of(name, before.get(name)), self.of(name, after.get(name)))

    def _facts(self, value: Mapping[str, Any]) -> str:
        if value.keys() == {"minor", "currency"}:
            return amount_text(value["minor"], value["currency"])
        told = {name: each for name, each in value.items() if each and not self.is_nameless(each)}
        return "; ".join(f"{fact_word(name)}: {self.of(name, each)}" for name, each in told.items())

    def is_nameless(self, value: Any) -> bool:
        """This function will say whether a value is the id of something whose name is not known: it tells nobody
        anything.
        """
        found = _id_in(value)
        return found is not None and found not in self.names.names

    def _word(self, name: str, text: str) -> str:
        """A value that its name says how to read, or the empty text."""
        if name.endswith("_minor") and _WHOLE.fullmatch(text) and (currency := self._currency(name)):
            return amount_text(int(text), currency)
        if name == "status" and self.row["object_kind"] == "payment" and text in STATUSES:
            return words.status_word(kind="receipt", status=text)
        if name == TOLERANCE.name and _WHOLE.fullmatch(text):
            return amount_text(int(text), ledger.base_currency())
        if name in {"status", "state", "attempt", "frequency", "collection"}:
            return str(LOOKS[text].word) if text in LOOKS else plain(text)
        if name in _WORDS and text in _WORDS[name]:
            return str(_(_WORDS[name][text]))
        return words.method_words(text) if name == "method" and not _ID.fullmatch(text) else ""

    def _text(self, text: str) -> str:
        if (found := _id_in(text)) is not None:
            return self.names.names.get(found, text)
        if text in self.names.numbered:
            return f"{self.names.numbered[text]} ({text})"
        if _MOMENT.match(text):
            return format_moment(datetime.fromisoformat(text), business_zone(), current_locale())
        if _PICTURE.fullmatch(text):
            # A logo is kept under its hash.
            return _("a picture")
        return format_day(date.fromisoformat(text), current_locale()) if _DATE.fullmatch(text) else text

    def _currency(self, name: str) -> str:
        own_name = f"{name.removesuffix('_minor')}_currency"
        for facts in (self.row["after"] or {}, self.row["before"] or {}):
            for key in (own_name, "currency"):
                if isinstance(facts.get(key), str) and facts[key]:
                    return str(facts[key])
        return self.names.currencies.get(self.row["object_id"], "")


def _without(values: Sequence[str], others: Sequence[str]) -> list[str]:
    return [each for each in values if each not in others]


def _plain(value: Any) -> Any:
    """What two sides are compared by: some entries write everything as text, and ids in either form."""
    if isinstance(value, (list, dict)):
        return value
    if value in _NOTHING or value == "None":
        return ""
    found = _id_in(value)
    return str(value) if found is None else found.hex


def _id_in(value: Any) -> UUID | None:
    if not isinstance(value, str):
        return None
    if _ID.fullmatch(value):
        return UUID(hex=value[4:])
    try:
        return UUID(value) if len(value) == 36 else None
    except ValueError:
        return None
