"""Loading the demonstration: the business, its people, and the story; once, with progress."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

import httpx
from django.db import connection
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tallystick.catalog.queries import tax_rates
from tallystick.customers.queries import contacts
from tallystick.foundation import clock
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.cli.demo_data.cast import heads, people
from tallystick.interfaces.cli.demo_data.catalog import RATES, offer_everything
from tallystick.interfaces.cli.demo_data.paying import Paying
from tallystick.interfaces.cli.demo_data.prepaying import Prepaying
from tallystick.interfaces.cli.demo_data.story import DAYS, Role, Stage, Story
from tallystick.interfaces.cli.demo_data.subscribing import Subscribing
from tallystick.interfaces.cli.demo_data.visitor import Visitor
from tallystick.invoices.queries import open_invoices
from tallystick.usecases import configure, enrol, keys, set_up, staff
from tallystick.usecases.bank_accounts import set_bank_account
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.roles import EVERYTHING, ROLES, Permission

CUSTOMERS: Final = 320
# The customers who can sign in have at least so many to pay.
OPEN_INVOICES: Final = 2
PASSWORD: Final = "tallystick-demo"  # noqa: S105 - printed at every start; a demonstration has no secrets
GATEWAY: Final = "Sandbox cards"
_MERCHANT: Final = "Nordlicht Rental"
_LOGO: Final = Path(__file__).with_name("logo.svg")
_BUSINESS: Final = {
    "business_name": "Nordlicht Rental",
    "business_address": "Speicherstraße 41\n20457 Hamburg",
    "business_country": "DE",
    "business_tax_id": "DE811569869",
    "business_email": "billing@nordlicht.example",
    "bank_account_holder": "Nordlicht Rental GmbH",
    "bank_account_iban": "DE89370400440532013000",
    "bank_account_bic": "COBADEFFXXX",
    "bank_name": "Commerzbank",
    "time_zone": "Europe/Berlin",
    "base_currency": "EUR",
}
# Where customers send other currencies: to an IBAN, or to an account that has none.
_OTHER_ACCOUNTS: Final = (
    {"currency": "GBP", "iban": "GB29NWBK60161331926819", "bic": "NWBKGB2L", "bank": "NatWest"},
    {
        "currency": "USD",
        "bank": "Harbor Trust Bank",
        "details": "Routing number (ABA): 021000021\nAccount number: 4403 9921 07",
    },
)


@dataclass(frozen=True)
class Access:
    """How to get in: an address for each role, portal contacts, and a key for programs."""

    staff: dict[str, str]
    contacts: tuple[str, ...]
    api_key: str


@dataclass(frozen=True)
class Told:
    """What came of a story: its customers, who pays for the groups, and what was refused, in words."""

    roles: list[Role]
    payers: list[Role]
    refused: list[str]


def load(*, home: Path, sandbox_url: str, site_url: str) -> Access:
    """This function will load the demonstration unless it is there, and return how to sign in.

    Cut off midway, it is told by the missing mark in the data folder and asks for `make demo-reset`.

    Raises:
        RuntimeError: when an earlier load was cut off.
    """
    mark = home / "demo.json"
    if mark.exists():
        return _access(json.loads(mark.read_text()))
    if tax_rates():
        raise RuntimeError("The demonstration was cut off while it was made. Begin anew with: make demo-reset demo")
    at = clock.now()
    begin = at - timedelta(days=DAYS + 1)
    set_up_business(begin)
    merchant = connect_sandbox(sandbox_url, site_url, at=begin)
    actor = Actor(kind="staff", id="demo", label="Marta Lind", permissions=EVERYTHING)
    rates = {rate.category: rate.id for rate in tax_rates()}
    stage = Stage(
        staff=actor,
        tax_rates=rates,
        offer=offer_everything(actor=actor, at=begin, tax_rates=rates),
        account_id=merchant["account_id"],
        visitor=Visitor(sandbox_url, merchant["secret_key"]),
        return_url=f"{site_url}/portal/payments/return/{{attempt}}",
        today=clock.local_date(at),
    )
    with connection.cursor() as cursor:
        # Only the story is told this way: what a crash here loses is begun anew anyway.
        cursor.execute("SET synchronous_commit TO off")
    access = _let_people_in(tell(stage).roles, actor, at)
    # Only now, so that the news of two years of payments is not told again.
    _hear_from(sandbox_url, merchant["secret_key"], merchant["webhook_url"])
    mark.write_text(json.dumps({"staff": access.staff, "contacts": access.contacts, "api_key": access.api_key}))
    return access


def set_up_business(at: datetime) -> None:
    """This function will set up the business as its administrator would: details, tax rates, exchange rates."""
    configure.change_settings(actor=SYSTEM, at=at, changes=_BUSINESS)
    configure.change_logo(actor=SYSTEM, at=at, content=_LOGO.read_bytes())
    for name, percent, category in (
        ("VAT 19 %", Decimal(19), "standard"),
        ("Export, no VAT", Decimal(0), "zero"),
        ("Reverse charge", Decimal(0), "reverse_charge"),
    ):
        set_up.add_tax_rate(actor=SYSTEM, at=at, name=name, percent=percent, category=category, country="DE")
    for account in _OTHER_ACCOUNTS:
        set_bank_account(actor=SYSTEM, at=at, holder="Nordlicht Rental GmbH", **account)
    random = Random(1867)
    for currency, begins in RATES.items():
        rate, day = Decimal(str(begins)), at.date().replace(day=1)
        while day <= clock.now().date():
            set_up.set_exchange_rate(
                actor=SYSTEM,
                at=at,
                currency=currency,
                valid_from=day,
                rate=rate.quantize(Decimal("0.000001")),
                source="typed",
            )
            rate *= Decimal(str(round(1 + random.uniform(-0.02, 0.02), 4)))
            day = (day + timedelta(days=32)).replace(day=1)


def connect_sandbox(sandbox_url: str, site_url: str, *, at: datetime) -> dict[str, Any]:
    """This function will open an account at the sandbox, which is the same at every start, and connect it."""
    told = httpx.post(f"{sandbox_url}/v1/merchants", json={"name": _MERCHANT, "origin": site_url}, timeout=30)
    told.raise_for_status()
    merchant: dict[str, Any] = told.json()
    account_id = set_up.set_up_gateway(
        actor=SYSTEM,
        at=at,
        adapter="sandbox",
        name=GATEWAY,
        configuration={
            "base_url": sandbox_url,
            "secret_key": merchant["secret_key"],
            "webhook_secrets": [merchant["webhook_secret"]],
        },
        is_live=False,
    )
    webhook_url = f"{site_url}/webhooks/{public_id('gwa', account_id)}"
    return {"account_id": account_id, "secret_key": merchant["secret_key"], "webhook_url": webhook_url}


def tell(stage: Stage, customers: int = CUSTOMERS, seed: int = 7) -> Told:
    """This function will play the story with a progress bar, and return its customers.

    The house refuses some of it, as it would refuse people; that must stay the exception.

    Raises:
        RuntimeError: when more than one event in fifty was refused, with the reasons.
    """
    random = Random(seed)
    roles = [Role(person) for person in people(random, customers)]
    payers = [Role(person) for person in heads()]
    story = Story(stage, random)
    paying = Paying(story)
    paying.tell()
    Subscribing(story).tell(payers, roles)
    story.tell_one_off(roles)
    paying.tell_oddities()
    paying.tell_disputes()
    Prepaying(story).tell()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("Telling two years of business, day by day", total=DAYS + 1)
        for day in story.play():
            progress.update(task, completed=DAYS + 1 - (stage.today - day).days)
    if len(story.refused) * 50 > story.told:
        raise RuntimeError(
            f"{len(story.refused)} of {story.told} events were refused: {sorted(set(story.refused))[:5]}"
        )
    return Told(roles=roles, payers=payers, refused=story.refused)


def _hear_from(sandbox_url: str, secret_key: str, webhook_url: str) -> None:
    answer = httpx.post(
        f"{sandbox_url}/v1/webhook_endpoint",
        json={"url": webhook_url},
        headers={"Authorization": f"Bearer {secret_key}"},
        timeout=30,
    )
    answer.raise_for_status()


def _let_people_in(roles: list[Role], actor: Actor, at: datetime) -> Access:
    members = {role: f"{role.lower().replace('-', '')}@nordlicht.example" for role in ROLES}
    for role, email in members.items():
        staff.add_member(actor=SYSTEM, at=at, email=email, name=f"{role} Person", password=PASSWORD, roles=[role])
    people_in = tuple(_open_portal(role, actor, at) for role in _debtors(roles))
    granted = EVERYTHING - {Permission.MANAGE_STAFF}
    key = keys.create_api_key(actor=SYSTEM, at=at, name="Demonstration", permissions=granted)
    return Access(staff=members, contacts=people_in, api_key=key["secret"])


def _debtors(roles: list[Role]) -> list[Role]:
    """A business and an individual that owe something, so that there is something to pay in the portal."""
    chosen: list[Role] = []
    for kind in ("business", "individual"):
        for role in roles:
            if role.person.kind == kind and role.customer_id is not None and _owes_enough(role.customer_id):
                chosen.append(role)
                break
    return chosen


def _owes_enough(customer_id: UUID) -> bool:
    return len(open_invoices(customer_id, "EUR")) >= OPEN_INVOICES


def _open_portal(role: Role, actor: Actor, at: datetime) -> str:
    if role.customer_id is None:
        raise AssertionError(role.person.name)
    contact = contacts(role.customer_id)[0]
    enrol.open_portal(actor=actor, at=at, customer_id=role.customer_id, contact_id=contact.id)
    staff.set_portal_password(
        actor=actor, at=at, customer_id=role.customer_id, contact_id=contact.id, password=PASSWORD
    )
    return contact.email


def _access(told: dict[str, Any]) -> Access:
    return Access(staff=told["staff"], contacts=tuple(told["contacts"]), api_key=told["api_key"])
