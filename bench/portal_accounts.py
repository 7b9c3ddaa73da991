"""The accounts that the portal is measured with: a small and a very large customer, alike in all but size.

Each has two contacts, a stored card, automatic payment agreed, an invoice paid and one open, a payment that failed, and
links to the latter two. The loaded rows have none of it, and their invoices neither parties nor lines.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import orjson
from django.db import transaction
from django.urls import reverse

from bench.ground import query
from bench.load import cookie_of
from bench.many import SMALL, add_to
from tallystick.customers.rights import ALL_RIGHTS
from tallystick.foundation.clock import local_date, now
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import User
from tallystick.gateways import operations as gateways
from tallystick.gateways.port import CardFacts
from tallystick.payments import methods
from tallystick.payments.terms import terms_hash
from tallystick.usecases import autopay, enrol
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.payment_links import mailed_address

_PARTY: Final = orjson.dumps(
    {
        **dict.fromkeys(["number", "postal_code", "region", "tax_id"], ""),
        "name": "Somebody Ltd",
        "address_lines": "High Street 1",
        "city": "Berlin",
        "country": "DE",
        "language": "en",
    }
).decode()


@dataclass(frozen=True, kw_only=True)
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
    open_id: UUID
    failed_id: UUID
    # What is paid by without signing in: the paths of the links to the open invoice and to the failed payment.
    invoice_link: str
    failed_link: str

    def pages(self) -> dict[str, str]:
        """This method will return the address of every page of the portal, by a name."""
        invoice, paid = public_id("inv", self.invoice_id), public_id("pay", self.payment_id)
        contact, method = public_id("con", self.contact_id), public_id("pmt", self.method_id)
        owed, failed = public_id("inv", self.open_id), public_id("pay", self.failed_id)
        today = local_date(now())
        before, then = today.replace(day=1) - timedelta(days=1), today - timedelta(days=1825)
        home, pay, invoices, payments = (_url(name) for name in ("home", "pay", "invoices", "payments"))
        return {
            "first page": home,
            "first page, the month before": f"{home}?month={before:%Y-%m}",
            "make a payment": pay,
            "make a payment, fixed amount": f"{pay}?pay=fixed_amount&fixed=1000",
            "make a payment, an invoice": f"{pay}?invoice={owed}",
            "invoices": invoices,
            "invoices, to pay": f"{invoices}?status=open",
            "invoices, overdue": f"{invoices}?status=overdue",
            "invoices of a year": f"{invoices}?issued_from={then}&issued_to={then + timedelta(days=365)}",
            "invoices, a number begun": f"{invoices}?q=INV-2020",
            "an invoice": _url("invoice", invoice),
            "an invoice, open": _url("invoice", owed),
            "payments": payments,
            "payments, completed": f"{payments}?status=completed",
            "payments, failed": f"{payments}?status=failed",
            "payments of a year": f"{payments}?made_from={then}&made_to={then + timedelta(days=365)}",
            "payments, a word": f"{payments}?q=transfer",
            "a payment": _url("payment", paid),
            "a payment that failed": _url("payment", failed),
            "a receipt": _url("receipt", paid),
            "wallet": _url("wallet"),
            "automatic payment": _url("autopay"),
            "payment methods": _url("methods"),
            "adding a method": _url("method-add"),
            "removing a method": _url("method-remove", method),
            "reports and documents": _url("reports"),
            "people": _url("contacts"),
            "inviting": _url("contact-invite"),
            "a person": _url("contact", contact),
            "removing a person": _url("contact-remove", contact),
            "notifications": _url("notifications"),
            "profile": _url("profile"),
            "sessions": reverse("usersessions_list"),
            "second factor": reverse("mfa_index"),
        }

    def open_pages(self) -> dict[str, str]:
        """This method will return the address of every page that one sees without signing in, by a name."""
        return {
            "link to an invoice": self.invoice_link,
            "link to a failed payment": self.failed_link,
            "signing in": reverse("account_login"),
            "asking for a link to sign in": reverse("signin:ask"),
            "a link to sign in is sent": reverse("signin:sent"),
            "forgotten password": reverse("account_reset_password"),
        }

    def files(self) -> dict[str, str]:
        """This method will return the address of every file that one takes away, by a name."""
        invoice, paid = public_id("inv", self.invoice_id), public_id("pay", self.payment_id)
        days = urlencode({"from_date": "", "until_date": local_date(now()).isoformat()})
        return {
            "an invoice (PDF)": _url("invoice-pdf", invoice),
            "a receipt (PDF)": _url("receipt-pdf", paid),
            "a statement of two months (PDF)": _url("statement-pdf"),
            "a statement of all years (CSV)": f"{_url('statement-csv')}?{days}",
            "all payments (CSV)": _url("payment-file"),
        }


def account(number: str) -> Account:
    """This function will sign a contact of a customer in, and give the customer what pages are about."""
    ((customer_id,),) = query("SELECT id FROM customers_customer WHERE number = %s", [number])
    who: dict[str, Any] = {"name": "Bench", "email": f"{number}@example.com".lower(), "rights": ALL_RIGHTS}
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
    account_id = _gateway()
    method_id = _card(customer_id, account_id)
    (open_id, _), (failed_invoice_id, failed_id) = add_to(customer_id, ["pending", "failed"])
    _drawable([invoice_id, open_id, failed_invoice_id])
    query("UPDATE payments_payment SET account_id = %s WHERE id = %s", [account_id, failed_id])
    terms = autopay.TERMS_READ.read()
    autopay.agree(actor=SYSTEM, at=now(), customer_id=customer_id, terms_sha256=terms_hash(terms), evidence="By letter")
    ((count, opened),) = query(
        "SELECT (SELECT count(*) FROM payments_payment WHERE customer_id = customer.id), (SELECT count(*) FROM "
        "invoices_invoice WHERE customer_id = customer.id AND state = 'issued' AND open_minor > 0) "
        "FROM customers_customer AS customer WHERE id = %s",
        [customer_id],
    )
    return Account(
        name="small" if number == SMALL else "large",
        size=f"{count:,} payments and {opened:,} open invoices",
        user=user,
        cookie=cookie_of(user),
        contact_id=contact_id,
        method_id=method_id,
        invoice_id=invoice_id,
        payment_id=payment_id,
        open_id=open_id,
        failed_id=failed_id,
        invoice_link=urlsplit(mailed_address(at=now(), invoice_id=open_id)).path,
        failed_link=urlsplit(mailed_address(at=now(), payment_id=failed_id)).path,
    )


def _gateway() -> UUID:
    """An account of the sandbox where nobody answers and nobody is asked."""
    rows = query("SELECT id FROM gateways_gatewayaccount LIMIT 1")
    if rows:
        found: UUID = rows[0][0]
        return found
    with transaction.atomic():
        return gateways.set_up_account(
            adapter="sandbox",
            name="Cards",
            configuration={"base_url": "http://127.0.0.1:9", "secret_key": "sk_test", "webhook_secrets": []},
            is_live=False,
            at=now(),
        )


def _card(customer_id: UUID, account_id: UUID) -> UUID:
    facts = CardFacts(brand="visa", last_four="4242", expiry_month=12, expiry_year=2040)
    token = f"tok_{customer_id.hex}"
    with transaction.atomic():
        method_id, _is_new = methods.keep(
            customer_id=customer_id, account_id=account_id, token=token, card=facts, at=now()
        )
    return method_id


def _url(name: str, *arguments: str) -> str:
    return reverse(f"portal:{name}", args=arguments)


def _drawable(invoice_ids: list[UUID]) -> None:
    """Give loaded invoices their parties and a line each, which lists do without."""
    with transaction.atomic():
        query("SET LOCAL session_replication_role = replica")
        query(
            "INSERT INTO catalog_taxrate (id, name, percent, category, country) "
            "SELECT gen_random_uuid(), 'Bench', 0, 'zero', 'DE' WHERE NOT EXISTS (SELECT FROM catalog_taxrate)"
        )
        query(
            "UPDATE invoices_invoice SET seller = %(party)s::jsonb, buyer = %(party)s::jsonb "
            "WHERE id = ANY(%(invoices)s)",
            {"party": _PARTY, "invoices": invoice_ids},
        )
        query(
            "INSERT INTO invoices_invoiceline (id, invoice_id, position, description, quantity, unit_price_minor, "
            "is_fee, tax_rate_id, tax_percent, net_minor, tax_minor) "
            "SELECT gen_random_uuid(), invoice.id, 1, 'Service', 1, invoice.net_minor, false, rate.id, 0, "
            "invoice.net_minor, 0 FROM invoices_invoice AS invoice, "
            "(SELECT id FROM catalog_taxrate LIMIT 1) AS rate WHERE invoice.id = ANY(%s)",
            [invoice_ids],
        )
