"""How quick the portal is: every page, for a customer with ten payments and for one with a very large account."""

import gc
import re
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.ground import query, site
from bench.lists import QUICK
from bench.load import cookie_of
from bench.many import LARGE, SMALL, Size, load
from bench.timing import Timed, fetch, table, timed
from tallystick.customers.rights import ALL_RIGHTS
from tallystick.foundation.clock import local_date, now
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import User
from tallystick.gateways import operations as gateways
from tallystick.gateways.port import CardFacts
from tallystick.payments import methods
from tallystick.usecases import enrol
from tallystick.usecases.frame import SYSTEM

RESULTS = Path(__file__).with_name("portal.md")
TIMES: Final = 40
QUICK_TIMES: Final = 10
# The aims: a page at the 95th percentile, and what a browser that never was here loads for it.
AIM_MS: Final = 50
AIM_KB: Final = 100

_PARTY: Final = orjson.dumps(
    {
        **dict.fromkeys(["postal_code", "region", "tax_id"], ""),
        "name": "Somebody Ltd",
        "address_lines": "High Street 1",
        "city": "Berlin",
        "country": "DE",
        "language": "en",
    }
).decode()
_SHEETS: Final = re.compile(rb'<(?:link rel="stylesheet" href|script[^>]* src)="([^"]+)"')


@dataclass(frozen=True)
class Account:
    """A customer whose contact is signed in, and something of each kind that pages are about."""

    name: str
    size: str
    user: User
    cookie: str
    contact_id: UUID
    method_id: UUID
    invoice_id: UUID
    payment_id: UUID

    def pages(self) -> dict[str, str]:
        """This method will return the address of every page of the portal, by a name."""
        invoice, paid = public_id("inv", self.invoice_id), public_id("pay", self.payment_id)
        contact, method = public_id("con", self.contact_id), public_id("pmt", self.method_id)
        today = local_date(now())
        before, then = today.replace(day=1) - timedelta(days=1), today - timedelta(days=1825)
        home, pay, invoices, payments = (_url(name) for name in ("home", "pay", "invoices", "payments"))
        return {
            "first page": home,
            "first page, the month before": f"{home}?month={before:%Y-%m}",
            "make a payment": pay,
            "make a payment, fixed amount": f"{pay}?pay=fixed_amount&fixed=1000",
            "make a payment, an invoice": f"{pay}?invoice={invoice}",
            "invoices": invoices,
            "invoices, to pay": f"{invoices}?status=open",
            "invoices, overdue": f"{invoices}?status=overdue",
            "invoices of a year": f"{invoices}?issued_from={then}&issued_to={then + timedelta(days=365)}",
            "invoices, a number begun": f"{invoices}?q=INV-2020",
            "an invoice": _url("invoice", invoice),
            "payments": payments,
            "payments, completed": f"{payments}?status=completed",
            "payments, failed": f"{payments}?status=failed",
            "payments of a year": f"{payments}?made_from={then}&made_to={then + timedelta(days=365)}",
            "payments, a word": f"{payments}?q=transfer",
            "a payment": _url("payment", paid),
            "a receipt": _url("receipt", paid),
            "wallet": _url("wallet"),
            "automatic payment": _url("autopay"),
            "payment methods": _url("methods"),
            "removing a method": _url("method-remove", method),
            "reports and documents": _url("reports"),
            "people": _url("contacts"),
            "inviting": _url("contact-invite"),
            "a person": _url("contact", contact),
            "removing a person": _url("contact-remove", contact),
            "notifications": _url("notifications"),
            "profile": _url("profile"),
        }


def measure(*, quick: bool, payments: int) -> None:
    """This function will load, measure, show the figures, and write them to `portal.md` unless `quick`."""
    size = QUICK if quick else Size(payments=payments, customers=max(payments // 100, 100))
    load(size)
    text = figures([account(SMALL), account(LARGE)], QUICK_TIMES if quick else TIMES)
    if not quick:
        RESULTS.write_text(f"# The portal, with {size.payments:,} payments of {size.customers:,} customers\n\n{text}")


def account(number: str) -> Account:
    """This function will sign a contact of a customer in, and give the customer a card and an invoice to look at."""
    ((customer_id, count, opened),) = query(
        "SELECT id, (SELECT count(*) FROM payments_payment WHERE customer_id = customer.id), "
        "(SELECT count(*) FROM invoices_invoice WHERE customer_id = customer.id AND state = 'issued' "
        "AND open_minor > 0) FROM customers_customer AS customer WHERE number = %s",
        [number],
    )
    who = {"name": "Bench", "email": f"{number}@example.com".lower(), "rights": ALL_RIGHTS}
    enrol.add_contact(actor=SYSTEM, at=now(), customer_id=customer_id, invites=True, **who)
    second = {**who, "name": "Second", "email": f"second-{who['email']}"}
    enrol.add_contact(actor=SYSTEM, at=now(), customer_id=customer_id, **second)
    user = User.objects.get(email=who["email"])
    ((contact_id,),) = query("SELECT id FROM customers_contact WHERE email = %s", [second["email"]])
    ((payment_id, invoice_id),) = query(
        "SELECT id, invoice_id FROM payments_payment WHERE customer_id = %s AND status = 'completed' "
        "AND kind = 'scheduled' ORDER BY created_at DESC LIMIT 1",
        [customer_id],
    )
    _drawable(invoice_id)
    return Account(
        name="small" if number == SMALL else "large",
        size=f"{count:,} payments and {opened:,} open invoices",
        user=user,
        cookie=cookie_of(user),
        contact_id=contact_id,
        method_id=_card(customer_id),
        invoice_id=invoice_id,
        payment_id=payment_id,
    )


def figures(accounts: list[Account], times: int) -> str:
    """This function will measure the portal for some accounts and return the tables as Markdown."""
    gc.collect()
    gc.freeze()
    counted = [_queries(each) for each in accounts]
    connection.close()
    with site(workers=1) as address:
        quick = [{what: _page(address, each, path, times) for what, path in each.pages().items()} for each in accounts]
        first_views = {what: _first_view(address, accounts[-1], path) for what, path in accounts[-1].pages().items()}
    head = (
        "page",
        *(f"{each.name}: {fact}" for each in accounts for fact in ("median ms", "p95 ms", "queries")),
        "aim",
    )
    rows = []
    for what in accounts[0].pages():
        took, asked = [each[what] for each in quick], [each[what] for each in counted]
        facts = [
            fact
            for timing, number in zip(took, asked, strict=True)
            for fact in (f"{timing.median_ms:.1f}", f"{timing.at(95):.1f}", str(number))
        ]
        rows.append((what, *facts, _beside_the_aim(took, asked)))
    sizes = [
        (what, *(f"{part / 1024:.1f}" for part in parts), "" if sum(parts) <= AIM_KB * 1024 else f"above {AIM_KB} KB")
        for what, parts in first_views.items()
    ]
    told = "".join(f"The {each.name} account has {each.size}.\n" for each in accounts)
    return "\n".join(
        [
            told,
            table("Pages through the site, one client", head, rows),
            table("First views, KB without fonts and pictures", ("page", "page", "styles and scripts", "aim"), sizes),
        ]
    )


def _beside_the_aim(took: list[Timed], asked: list[int]) -> str:
    said = []
    if any(each.at(95) > AIM_MS for each in took):
        said.append(f"above {AIM_MS} ms")
    if len(set(asked)) > 1:
        said.append("more queries")
    return ", ".join(said)


def _queries(account: Account) -> dict[str, int]:
    """How many statements each page asks, when all that is remembered was asked before."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(account.user)
    found = {}
    for what, path in account.pages().items():
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{what}: {path} answers {answer.status_code}")
        found[what] = len(asked)
    return found


def _page(address: str, account: Account, path: str, times: int) -> Timed:
    return timed(path, fetch(address + path, {"Cookie": account.cookie, "Accept-Encoding": "gzip, br"}), times)


def _first_view(address: str, account: Account, path: str) -> tuple[int, int]:
    """The bytes of a page, and of all styles and scripts that it names, as they are sent to a browser."""
    page = fetch(address + path, {"Cookie": account.cookie})()
    sent = {"Cookie": account.cookie, "Accept-Encoding": "gzip, br"}
    parts = {part.decode() for part in _SHEETS.findall(page)}
    return len(fetch(address + path, sent)()), sum(len(fetch(address + part, sent)()) for part in sorted(parts))


def _card(customer_id: UUID) -> UUID:
    """A stored card, at an account of the sandbox where nobody answers and nobody is asked."""
    rows = query("SELECT id FROM gateways_gatewayaccount LIMIT 1")
    with transaction.atomic():
        account_id = (
            rows[0][0]
            if rows
            else gateways.set_up_account(
                adapter="sandbox",
                name="Cards",
                configuration={"base_url": "http://127.0.0.1:9", "secret_key": "sk_test", "webhook_secrets": []},
                is_live=False,
                at=now(),
            )
        )
        facts = CardFacts(brand="visa", last_four="4242", expiry_month=12, expiry_year=2040)
        return methods.keep(
            customer_id=customer_id, account_id=account_id, token=f"tok_{customer_id.hex}", card=facts, at=now()
        )


def _url(name: str, *arguments: str) -> str:
    return reverse(f"portal:{name}", args=arguments)


def _drawable(invoice_id: UUID) -> None:
    """Give a loaded invoice its parties and a line, which the lists do without."""
    with transaction.atomic():
        query("SET LOCAL session_replication_role = replica")
        query(
            "INSERT INTO catalog_taxrate (id, name, percent, category, country) "
            "SELECT gen_random_uuid(), 'Bench', 0, 'zero', 'DE' WHERE NOT EXISTS (SELECT FROM catalog_taxrate)"
        )
        query(
            "UPDATE invoices_invoice SET seller = %(party)s::jsonb, buyer = %(party)s::jsonb WHERE id = %(invoice)s",
            {"party": _PARTY, "invoice": invoice_id},
        )
        query(
            "INSERT INTO invoices_invoiceline (id, invoice_id, position, description, quantity, unit_price_minor, "
            "is_fee, tax_rate_id, tax_percent, net_minor, tax_minor) "
            "SELECT gen_random_uuid(), invoice.id, 1, 'Service', 1, invoice.net_minor, false, rate.id, 0, "
            "invoice.net_minor, 0 FROM invoices_invoice AS invoice, "
            "(SELECT id FROM catalog_taxrate LIMIT 1) AS rate WHERE invoice.id = %s",
            [invoice_id],
        )
