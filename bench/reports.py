"""How quick reports are, and what keeps them so: every first view, adding up everything, and proving all books."""

import gc
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.core.cache import cache
from django.db import connection

from bench.ground import query, site
from bench.lists import QUICK
from bench.load import settle_down, staff_cookie
from bench.many import LARGE, SMALL, Size
from bench.timing import Timed, fetch, table, timed
from bench.whole import load

RESULTS = Path(__file__).with_name("reports.md")
TIMES: Final = 40
QUICK_TIMES: Final = 10
# The aims: a first view at the 95th percentile, and each work of the night.
AIM_MS: Final = 200
AIM_SECONDS: Final = 600
_PACKED: Final = {"Accept-Encoding": "gzip, br"}
# What `verify_books` checks in less time is not told by itself.
_TOLD_SECONDS: Final = 2.0


def measure(*, quick: bool, payments: int) -> None:
    """This function will load, measure, show the figures, and write them to `reports.md` unless `quick`."""
    size = QUICK if quick else Size(payments=payments, customers=max(payments // 100, 100))
    load(size)
    text = figures(QUICK_TIMES if quick else TIMES)
    if not quick:
        RESULTS.write_text(f"# Reports, with {size.payments:,} payments of {size.customers:,} customers\n\n{text}")


def figures(times: int) -> str:
    """This function will add up what is loaded, measure, and return the tables as Markdown."""
    ((postings,),) = query("SELECT count(*) FROM ledger_posting")
    head = f"Measured at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {postings:,} postings.\n"
    rollups = night()
    settle_down()
    parts = [head, first_views(times), rollups, books()]
    return "\n".join(parts)


def night() -> str:
    """This function will add up everything that reports read, time each part, and again with nothing to do."""
    from tallystick.usecases import upkeep

    rows = []
    for what, act in (
        ("payments, all anew", upkeep.fold_payments),
        ("the books, from the first posting", upkeep.fold_postings),
        ("tax, from the first posting", upkeep.fold_tax),
        ("deferred revenue, from the first posting", upkeep.fold_deferred),
    ):
        seconds, told = _told(act)
        again, _ = _told(act)
        rows.append((what, f"{seconds:.0f}", str(told), f"{again:.2f}", "" if seconds < AIM_SECONDS else "too long"))
    head = ("added up", "seconds", "times told how far", "seconds with nothing to do", f"aim {AIM_SECONDS} s")
    return table("Adding up", head, rows)


def first_views(times: int) -> str:
    """This function will measure the first view of every report, with its chart, through the site."""
    gc.collect()
    gc.freeze()
    cookie = staff_cookie()
    pages = _pages()
    connection.close()
    found: list[Timed] = []
    with site(workers=1) as address:
        for what, path in pages.items():
            cache.clear()
            found.append(timed(what, fetch(address + path, {"Cookie": cookie, **_PACKED}), times))
    rows = [
        (each.what, f"{each.median_ms:.0f}", f"{each.at(95):.0f}", "" if each.at(95) <= AIM_MS else "above the aim")
        for each in found
    ]
    return table("First views through the site, one client", ("page", "median ms", "p95 ms", f"aim {AIM_MS} ms"), rows)


def books() -> str:
    """This function will prove all books, and time each check.

    Raises:
        RuntimeError: when something does not agree.
    """
    from tallystick.reports.verify_books import verify_books

    began = time.monotonic()
    starts: list[tuple[str, float]] = []
    report = verify_books(lambda statement, _done, _parts: starts.append((statement, time.monotonic() - began)))
    whole = time.monotonic() - began
    if report.failures:
        raise RuntimeError("\n".join(report.failures[:10]))
    ends = [start for _, start in starts[1:]] + [whole]
    taken = [
        (end - start, statement, check.counted)
        for (statement, start), end, check in zip(starts, ends, report.checks, strict=True)
    ]
    rows = [
        (statement, f"{counted:,}", f"{seconds:.0f}")
        for seconds, statement, counted in sorted(taken, reverse=True)
        if seconds >= _TOLD_SECONDS
    ]
    rest = sum(seconds for seconds, _, _ in taken if seconds < _TOLD_SECONDS)
    verdict = "" if whole < AIM_SECONDS else ": too long"
    rows += [
        ("all that take less", "", f"{rest:.0f}"),
        (f"**all {len(taken)}** (aim {AIM_SECONDS} s{verdict})", f"{sum(each[2] for each in taken):,}", f"{whole:.0f}"),
    ]
    return table("verify-books, told before each check how far it is", ("check", "counted", "seconds"), rows)


def _pages() -> dict[str, str]:
    from tallystick.reports.frame.registry import REPORTS

    def of_customer(number: str) -> str:
        ((found,),) = query("SELECT id FROM customers_customer WHERE number = %s", [number])
        return f"customer=cus_{found.hex}"

    pages = {"all reports": "/office/reports/", "month end": "/office/month-end/"}
    for report in REPORTS.values():
        own = f"/office/reports/{report.name}/"
        if report.needs:
            pages |= {
                f"{report.name}, of ten payments": f"{own}?{of_customer(SMALL)}",
                f"{report.name}, of a hundredth of all": f"{own}?{of_customer(LARGE)}",
            }
            continue
        pages[report.name] = own
        if "period" in report.takes:
            pages[f"{report.name}, all days"] = f"{own}?from_date=&until_date="
    return pages


def _told(act: Callable[..., object]) -> tuple[float, int]:
    """How long something takes, and how often it says how far it is."""
    said: list[int] = []
    began = time.monotonic()
    act(told=lambda _what, done, _all: said.append(done))
    return time.monotonic() - began, len(said)
