"""Loading an installation with books that agree: customers, paid invoices, open invoices with their expected payments.

The triggers are off while the rows are copied in; `verify_books` holds all of it afterwards.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from bench.ground import query

if TYPE_CHECKING:
    from tallystick.foundation.models import User

NET, TAX, TOTAL = 10_000, 1_900, 11_900


@dataclass(frozen=True)
class Size:
    """How much there is: customers, invoices that were paid long ago, and open ones to pay."""

    customers: int
    paid: int
    open: int


# One row per invoice, with the ids of everything about it. `bench_turn` gives the floor its next open invoice.
_PLAN = """
CREATE TABLE bench_row AS
SELECT n, customer.id AS customer_id, uuidv7() AS invoice_id, uuidv7() AS payment_id, uuidv7() AS allocation_id,
       uuidv7() AS line_id, uuidv7() AS issued_id, uuidv7() AS received_id, uuidv7() AS settled_id,
       n <= %(paid)s AS is_paid, now() - make_interval(secs => %(all)s - n + 60) AS at
FROM generate_series(1, %(all)s) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY number) AS place FROM customers_customer) AS customer
    ON customer.place = 1 + n %% %(customers)s;
ALTER TABLE bench_row ADD PRIMARY KEY (n);
CREATE SEQUENCE bench_turn MINVALUE 1;
"""

_CUSTOMERS = """
INSERT INTO customers_customer (id, kind, name, number, currency, time_zone, language, tax_id, terms_days,
    address_lines, postal_code, city, region, country, applies_credit, completes_own_transfers, note, created_at)
SELECT uuidv7(), 'business', 'Customer ' || n, 'C-' || lpad(n::text, 5, '0'), 'EUR', '', 'en', '', 30,
    'High Street ' || n, '10115', 'Berlin', '', 'DE', true, false, '', now()
FROM generate_series(1, %(customers)s) AS n
"""

_INVOICES = """
INSERT INTO invoices_invoice (id, state, number, customer_id, currency, prices_include_tax, title, remark, invoice_date,
    due_date, issued_at, created_at, seller, buyer, net_minor, tax_minor, total_minor, allocated_minor, credited_minor,
    written_off_minor, difference_minor, wallet_minor, credit_noted_minor)
SELECT invoice_id, 'issued', 'INV-' || to_char(now(), 'YYYY') || '-' || lpad(n::text, 5, '0'), customer_id, 'EUR',
    false, '', '', at::date, at::date + 30, at, at, '{"name": "Seller"}', '{"name": "Buyer"}', %(net)s, %(tax)s,
    %(total)s, CASE WHEN is_paid THEN %(total)s ELSE 0 END, 0, 0, 0, 0, 0
FROM bench_row;
INSERT INTO invoices_invoiceline (id, invoice_id, position, description, quantity, unit_price_minor, is_fee,
    tax_rate_id, tax_percent, net_minor, tax_minor)
SELECT line_id, invoice_id, 1, 'Service', 1, %(net)s, false, rate.id, 19, %(net)s, %(tax)s
FROM bench_row, catalog_taxrate AS rate;
"""

_PAYMENTS = """
INSERT INTO payments_payment (id, kind, status, customer_id, total_minor, currency, description, private_text, remark,
    customer_note, method, reference, invoice_text, invoice_id, due_date, received_date, created_at, completed_at,
    receipt_number, mails_confirmation, cancel_reason, failure_code, assignment_edits, allocated_minor,
    difference_minor, refunded_minor, refund_reserved_minor, lost_minor)
SELECT payment_id, 'scheduled', CASE WHEN is_paid THEN 'completed' ELSE 'pending' END, customer_id, %(total)s, 'EUR',
    'INV-' || to_char(now(), 'YYYY') || '-' || lpad(n::text, 5, '0'), '', '', '',
    CASE WHEN is_paid THEN 'bank_transfer' ELSE '' END, '', '', invoice_id, at::date + 30,
    CASE WHEN is_paid THEN at::date END, at, CASE WHEN is_paid THEN at END,
    CASE WHEN is_paid THEN 'R-' || to_char(now(), 'YYYY') || '-' || lpad(n::text, 5, '0') END, false, '', '', 0,
    CASE WHEN is_paid THEN %(total)s ELSE 0 END, 0, 0, 0, 0
FROM bench_row;
INSERT INTO payments_paymentevent (payment_id, at, event, from_status, to_status, actor_label, detail)
SELECT payment_id, at, 'create', '', 'pending', 'Bench', '{}'::jsonb FROM bench_row
UNION ALL SELECT payment_id, at, 'complete', 'pending', 'completed', 'Bench', '{}'::jsonb FROM bench_row WHERE is_paid;
INSERT INTO allocations_allocation (id, payment_id, invoice_id, customer_id, amount_minor, currency, entry_id,
    allocated_at)
SELECT allocation_id, payment_id, invoice_id, customer_id, %(total)s, 'EUR', settled_id, at
FROM bench_row WHERE is_paid;
INSERT INTO foundation_numberseries (name, last) VALUES
    ('customer', %(customers)s),
    ('invoice:' || to_char(now(), 'YYYY'), %(all)s),
    ('receipt:' || to_char(now(), 'YYYY'), %(paid)s)
ON CONFLICT (name) DO UPDATE SET last = excluded.last;
"""

_BOOKS = """
INSERT INTO ledger_journalentry (id, rule, effective_date, recorded_at, subject_kind, subject_id, rate_source)
SELECT issued_id, 'J02', at::date, at, 'invoice', invoice_id, '' FROM bench_row
UNION ALL SELECT received_id, 'J04', at::date, at, 'payment', payment_id, '' FROM bench_row WHERE is_paid
UNION ALL SELECT settled_id, 'J08', at::date, at, 'allocation', allocation_id, '' FROM bench_row WHERE is_paid;
INSERT INTO ledger_posting (entry_id, account, side, amount_minor, currency, base_minor, customer_id, object_id)
SELECT entry_id, account, side, amount, 'EUR', amount, line.customer_id, object_id
FROM bench_row, catalog_taxrate AS rate, LATERAL (
    VALUES (issued_id, '1200', 'D', %(total)s, customer_id, invoice_id, true),
           (issued_id, '4000', 'C', %(net)s, NULL, line_id, true),
           (issued_id, '2300', 'C', %(tax)s, NULL, rate.id, true),
           (received_id, '1100', 'D', %(total)s, NULL, payment_id, is_paid),
           (received_id, '2100', 'C', %(total)s, customer_id, payment_id, is_paid),
           (settled_id, '2100', 'D', %(total)s, customer_id, payment_id, is_paid),
           (settled_id, '1200', 'C', %(total)s, customer_id, invoice_id, is_paid)
) AS line (entry_id, account, side, amount, customer_id, object_id, is_there) WHERE is_there;
INSERT INTO ledger_customerbalance (customer_id, account, currency, balance_minor, base_minor)
SELECT customer_id, account, currency, sum(signed), sum(signed) FROM (
    SELECT *, CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END AS signed FROM ledger_posting
) AS posting WHERE customer_id IS NOT NULL GROUP BY 1, 2, 3;
INSERT INTO ledger_controlbalance (account, currency, balance_minor, base_minor)
SELECT account, currency, sum(signed), sum(signed) FROM (
    SELECT *, CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END AS signed FROM ledger_posting
) AS posting WHERE customer_id IS NULL GROUP BY 1, 2;
"""


def load(size: Size) -> None:
    """This function will fill an empty installation and leave it as a rested database is: vacuumed and analysed."""
    numbers = {
        "customers": size.customers,
        "paid": size.paid,
        "all": size.paid + size.open,
        "net": NET,
        "tax": TAX,
        "total": TOTAL,
    }
    with transaction.atomic():
        query("SET LOCAL session_replication_role = replica")
        query(
            "INSERT INTO catalog_taxrate (id, name, percent, category, country) "
            "VALUES (uuidv7(), 'Bench', 19, 'standard', 'DE')"
        )
        for statement in (_CUSTOMERS, _PLAN, _INVOICES, _PAYMENTS, _BOOKS):
            query(statement, numbers)
    settle_down()


def settle_down() -> None:
    """This function will vacuum, analyse and write a checkpoint, so that no run pays for what came before."""
    connection.ensure_connection()
    for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
        query(statement)


def verify() -> int:
    """This function will check that all books agree, and return how many statements about them were counted.

    Raises:
        RuntimeError: when something does not agree.
    """
    from tallystick.reports.verify_books import verify_books

    report = verify_books()
    if report.failures:
        raise RuntimeError("\n".join(report.failures[:10]))
    return sum(check.counted for check in report.checks)


def program_key() -> str:
    """This function will make an API key that may do everything, and return its text."""
    from tallystick.foundation import api_keys, clock
    from tallystick.usecases.roles import EVERYTHING

    with transaction.atomic():
        _, text = api_keys.make(name="Bench", permissions=frozenset(EVERYTHING), created_by=None, at=clock.now())
    return text


def staff_cookie() -> str:
    """This function will make a member of staff with every permission, signed in, and return the cookie header."""
    from tallystick.foundation.models import Role, User
    from tallystick.usecases.roles import EVERYTHING

    user = User.objects.create_user("bench@example.com", name="Bench", is_staff=True)
    role = Role.objects.create(name="Bench", permissions=sorted(EVERYTHING))
    role.users.add(user)
    return cookie_of(user)


def cookie_of(user: "User") -> str:
    """This function will sign a user in and return the cookie header."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
