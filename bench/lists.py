"""How quick lists of payments are: each filter, order and search, through the query function and through the site."""

import gc
import resource
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from django.db import connection

from bench.ground import query, site
from bench.load import program_key, staff_cookie
from bench.many import LARGE, SMALL, Size, load, sizes
from bench.timing import Timed, fetch, table, timed

if TYPE_CHECKING:
    from tallystick.payments.filters import PaymentFilter

RESULTS = Path(__file__).with_name("lists.md")
FULL = Size(payments=10_000_000, customers=100_000)
QUICK = Size(payments=100_000, customers=2_000)
TIMES: Final = 40
QUICK_TIMES: Final = 20
# The aim for the first page, at the 99th percentile.
AIM_MS: Final = 100
# How many rows are read of files of everything that would tell the same again.
_FIRST_ROWS: Final = 1_000_000
# How many pages into a list a deep page is.
DEEP: Final = 200
_ORDERS: Final = (
    "created",
    "-created",
    "due",
    "-due",
    "amount",
    "-amount",
    "customer",
    "-customer",
    "status",
    "-status",
)
_COLUMNS: Final = {"amount": "total"}

# What the addresses of lists ask for; a name for each.
_FILTERS: Final = {
    "all": "",
    "failed": "status=failed",
    "pending expected": "status=pending&kind=scheduled",
    "processing": "status=processing",
    "refunds": "kind=refund",
    "vouchers": "kind=voucher",
    "rare currency": "currency=KWD",
    "yen": "currency=JPY",
    "cash": "method=cash",
    "due this month": "due_from={month}&due_to={today}",
    "due five years ago": "due_from={then}&due_to={later}",
    "overdue": "status=pending&due_to={today}",
    "received this month": "received_from={month}&received_to={today}",
    "received in a year": "received_from={then}&received_to={year}",
    "due in a year": "due_from={then}&due_to={year}",
    "completed, in cash": "status=completed&method=cash",
    "money that went out": "amount_to=-1",
    "amount range": "amount_from=60&amount_to=61",
    "wide amount range": "amount_from=100",
    "suspense": "money=suspense",
    "not allocated": "money=unallocated",
    "in dispute": "money=disputed",
    "customer with many": f"customer={LARGE}",
    "customer with ten": f"customer={SMALL}",
    "customers by name": "customer=alpha",
    "search: reference": "q={reference}",
    "search: reference, begun": "q=RF00",
    "search: invoice": "q={invoice}",
    "search: invoices, begun": "q=INV-2020",
    "search: customer": "q={name}",
    "search: customers": "q=nord",
    "search: amount": "q=60.85",
    "search: minor units": "q=6085",
    "search: word of many": "q=transfer",
    "search: words of few": "q=called+transfer",
    "search: nothing": "q=zzzzzz",
}


# What is listed in every order: something rare, something common, a customer, and days that no order follows.
_BY_EVERY_ORDER: Final = (
    "failed",
    "pending expected",
    "cash",
    "completed, in cash",
    "money that went out",
    "received in a year",
    "due in a year",
    "customer with many",
    "suspense",
)


def measure(*, quick: bool, payments: int) -> None:
    """This function will load, measure, show the figures, and write them to `lists.md` unless `quick`."""
    size = QUICK if quick else Size(payments=payments, customers=max(payments // 100, 100))
    times = QUICK_TIMES if quick else TIMES
    load(size)
    # As the site does (`wsgi.py`): else a search of all that Python holds is measured now and then.
    gc.collect()
    gc.freeze()
    filters = _addresses()
    tables = [
        _shown("First pages: every filter, newest first (query function)", _by_query(filters, ["-created"], times)),
        _shown("First pages: every order", _by_query({"all": ""}, _ORDERS, times)),
        _shown(
            "First pages: filters by other orders",
            _by_query(
                {name: filters[name] for name in _BY_EVERY_ORDER},
                [order for order in _ORDERS if order != "-created"],
                times,
            ),
        ),
        _shown(f"Page {DEEP}", _deep(times)),
        _shown("Numbers and sums under a list", _figures(filters, times)),
        _shown("Invoices", _of_invoices(filters, times)),
        _shown("Through the site", _by_site(filters, times)),
        _exports(),
        _bytes(),
    ]
    text = f"# Lists of {size.payments:,} payments of {size.customers:,} customers\n\n" + "\n".join(tables)
    if not quick:
        RESULTS.write_text(text)


def _addresses() -> dict[str, str]:
    ((reference,),) = query(
        "SELECT reference FROM payments_payment WHERE reference <> '' ORDER BY created_at DESC LIMIT 1"
    )
    ((invoice,),) = query("SELECT number FROM invoices_invoice ORDER BY created_at DESC LIMIT 1")
    ((name,),) = query("SELECT name FROM customers_customer WHERE number LIKE 'C-0%%' LIMIT 1")
    ((today, month, then, later, year),) = query(
        "SELECT max(created_at)::date, max(created_at)::date - 30, max(created_at)::date - 1825, "
        "max(created_at)::date - 1795, max(created_at)::date - 1460 FROM payments_payment"
    )
    facts = {
        "reference": reference,
        "invoice": invoice,
        "name": quote(name),
        "today": today,
        "month": month,
        "then": then,
        "later": later,
        "year": year,
    }
    return {what: asked.format(**facts) for what, asked in _FILTERS.items()}


def _by_query(filters: dict[str, str], orders: "tuple[str, ...] | list[str]", times: int) -> list[Timed]:
    from tallystick.payments import lists

    found = []
    for what, asked in filters.items():
        for order in orders:

            def once(asked: str = asked, order: str = order) -> None:
                lists.payments_page(_wanted(asked), sort=order)

            found.append(timed(f"{what} by {order}", once, times))
    return found


def _wanted(asked: str) -> "PaymentFilter":
    from django.http import QueryDict

    from tallystick.interfaces.backoffice.payment_table import Names, payment_table, wanted_by

    return wanted_by(payment_table(Names()).read(QueryDict(asked)))


def _deep(times: int) -> list[Timed]:
    from tallystick.payments import lists
    from tallystick.payments.filters import PaymentFilter

    found = []
    for order in _ORDERS:
        cursor = ""
        for _ in range(DEEP):
            page = lists.payments_page(PaymentFilter(), sort=order, cursor=cursor, limit=200)
            if not page.next_cursor:
                break
            cursor = page.next_cursor

        def once(order: str = order, cursor: str = cursor) -> None:
            lists.payments_page(PaymentFilter(), sort=order, cursor=cursor)

        found.append(timed(f"by {order}", once, times))
    return found


def _figures(filters: dict[str, str], times: int) -> list[Timed]:
    from tallystick.payments import lists

    def counted(asked: str) -> Callable[[], None]:
        def once() -> None:
            lists.figures(_wanted(asked))

        return once

    return [timed(what, counted(asked), times) for what, asked in filters.items()]


def _of_invoices(filters: dict[str, str], times: int) -> list[Timed]:
    """What texts and days find among the invoices: in the list, in a picker, and for money to be set against."""
    from tallystick.foundation.clock import local_date, now
    from tallystick.invoices import queries

    today = local_date(now())
    texts = {
        name: unquote(filters[f"search: {name}"].removeprefix("q=").replace("+", " "))
        for name in ("invoice", "invoices, begun", "customer", "customers", "words of few", "nothing")
    }
    texts["end of a number"] = texts["invoice"][-5:]
    found = []
    for what, text in texts.items():
        wanted = queries.InvoiceFilter(search=text)
        found += [
            timed(f"list: {what}", partial(queries.invoices_page, wanted, today=today), times),
            timed(f"picker: {what}", partial(queries.found, text, open_only=True), times),
            timed(f"payable: {what}", partial(queries.payable, number=text, limit=8), times),
        ]
    issued = partial(queries.payable, issued_date=today - timedelta(days=5), limit=8)
    return [*found, timed("payable: day of issue", issued, times)]


def _by_site(filters: dict[str, str], times: int) -> list[Timed]:
    cookie, key = staff_cookie(), program_key()
    ((large,),) = query("SELECT id FROM customers_customer WHERE number = %s", [LARGE])
    connection.close()
    with site(workers=1) as address:
        pages = {f"/office/payments/ {what}": f"/office/payments/?{asked}" for what, asked in filters.items()}
        pages |= {f"/office/payments/ by {order}": f"/office/payments/?sort={_column(order)}" for order in _ORDERS}
        pages["/office/customers/…/payments/ of one with many"] = f"/office/customers/cus_{large.hex}/payments/"
        found = [timed(what, fetch(address + path, {"Cookie": cookie}), times) for what, path in pages.items()]
        for order in _ORDERS:
            path = f"{address}/api/v1/payments?sort={order}"
            found.append(
                timed(f"GET /api/v1/payments by {order}", fetch(path, {"Authorization": f"Bearer {key}"}), times)
            )
    return found


def _column(order: str) -> str:
    name = order.removeprefix("-")
    return f"{'-' if order.startswith('-') else ''}{_COLUMNS.get(name, name)}"


def _exports() -> str:
    from tallystick.payments.filters import PaymentFilter
    from tallystick.reports import payment_files

    rows = []
    for what, wanted, order, most in (
        ("everything, newest first", PaymentFilter(), "-created", None),
        ("everything by customer, the first of it", PaymentFilter(), "customer", _FIRST_ROWS),
        ("everything by status, the first of it", PaymentFilter(), "status", _FIRST_ROWS),
        ("cash, the largest first", PaymentFilter(method="cash", status="completed"), "-amount", None),
    ):
        before = _peak_mb()
        began, first, count = time.monotonic(), 0.0, 0
        for block in payment_files.csv_blocks(
            wanted, sort=order, headings="", status_word=lambda kind, status: f"{kind} {status}", yes="yes"
        ):
            first = first or time.monotonic() - began
            count += block.count(b"\n")
            if most is not None and count >= most:
                break
        speed = count / (time.monotonic() - began)
        rows.append((what, f"{count:,}", f"{first:.1f}", f"{speed:,.0f}", f"{_peak_mb() - before:.1f}"))
    head = ("CSV", "rows", "seconds to the first row", "rows a second", "more memory at the peak, MB")
    return table("Files", head, rows)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _bytes() -> str:
    return table("Sizes", ("what", "MB"), [(name, f"{size / 1e6:,.0f}") for name, size in sizes()])


def _shown(title: str, found: list[Timed]) -> str:
    rows = [
        (each.what, f"{each.median_ms:.1f}", f"{each.at(99):.1f}", "" if each.at(99) <= AIM_MS else "above the aim")
        for each in found
    ]
    return table(title, ("what", "median ms", "p99 ms", f"aim {AIM_MS} ms"), rows)
