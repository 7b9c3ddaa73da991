"""How quick the portal is: every page, for a customer with ten payments and for one with a very large account."""

import gc
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Final

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.ground import site
from bench.lists import QUICK
from bench.many import LARGE, SMALL, Size, load
from bench.portal_accounts import Account, account
from bench.timing import Timed, fetch, table, timed
from tallystick.foundation import settings_store

RESULTS = Path(__file__).with_name("portal.md")
TIMES: Final = 40
QUICK_TIMES: Final = 10
# All pages are measured one after the other so often. What else a machine does makes a page slower, never quicker: so
# of each page the round with the lowest median counts; what it took in all of them stands beside.
ROUNDS: Final = 5
# The aims: a page at the 95th percentile, and what a browser that never was here loads for it.
AIM_MS: Final = 50
AIM_KB: Final = 100
# A link is opened twenty times a minute at the most: so often, and once before, until that is forgotten.
_AT_ONCE: Final = 15
_SHEETS: Final = re.compile(rb'<(?:link rel="stylesheet" href|script[^>]* src)="([^"]+)"')
_PACKED: Final = {"Accept-Encoding": "gzip, br"}
# The pages of a kind, by their names.
Pages = Callable[[Account], dict[str, str]]


def measure(*, quick: bool, payments: int) -> None:
    """This function will load, measure, show the figures, and write them to `portal.md` unless `quick`."""
    size = QUICK if quick else Size(payments=payments, customers=max(payments // 100, 100))
    load(size)
    text = figures([account(SMALL), account(LARGE)], QUICK_TIMES if quick else TIMES)
    if not quick:
        RESULTS.write_text(f"# The portal, with {size.payments:,} payments of {size.customers:,} customers\n\n{text}")


def figures(accounts: list[Account], times: int) -> str:
    """This function will measure the portal for some accounts and return the tables as Markdown."""
    gc.collect()
    gc.freeze()
    strangers = [replace(each, cookie="") for each in accounts]
    told = "".join(f"The {each.name} account has {each.size}.\n" for each in accounts)
    counted = {pages: [_queries(each, pages) for each in found] for pages, found in _kinds(accounts, strangers)}
    connection.close()
    with site(workers=1) as address:
        rounds = [
            [_all_timed(address, found, pages, times) for pages, found in _kinds(accounts, strangers)]
            for _ in range(ROUNDS)
        ]
        files = _all_timed(address, accounts, Account.files, times)
        views = [
            (what, _first_view(address, each, path))
            for each, pages in ((accounts[-1], Account.pages), (strangers[-1], Account.open_pages))
            for what, path in pages(each).items()
        ]
        sizes = [[len(fetch(address + path, _headers(each))()) for path in each.files().values()] for each in accounts]
    signed_in, open_ = (list(each) for each in zip(*rounds, strict=True))
    return "\n".join(
        [
            told,
            _compared("Pages through the site, one client", signed_in, counted[Account.pages]),
            _compared("Pages that are open to all, and signed links", open_, counted[Account.open_pages]),
            _files(files, sizes),
            table(
                "First views, KB without fonts and pictures",
                ("page", "page", "styles and scripts", "aim"),
                _views(views),
            ),
        ]
    )


def _kinds(accounts: list[Account], strangers: list[Account]) -> list[tuple[Pages, list[Account]]]:
    return [(Account.pages, accounts), (Account.open_pages, strangers)]


def _compared(title: str, rounds: Sequence[Sequence[dict[str, Timed]]], asked: Sequence[dict[str, int]]) -> str:
    facts_of_each = ("median ms", "p95 ms", "p95 of all rounds", "queries")
    head = ("page", *(f"{who}: {fact}" for who in ("small", "large") for fact in facts_of_each), "aim")
    rows = []
    for what in rounds[0][0]:
        each_taken = [[of_all[place][what] for of_all in rounds] for place in range(len(asked))]
        quietest = [min(taken, key=lambda each: each.median_ms) for taken in each_taken]
        numbers = [each[what] for each in asked]
        facts = [
            fact
            for best, taken, number in zip(quietest, each_taken, numbers, strict=True)
            for fact in (f"{best.median_ms:.1f}", f"{best.at(95):.1f}", f"{_together(taken).at(95):.1f}", str(number))
        ]
        rows.append((what, *facts, _beside_the_aim(quietest, numbers)))
    return table(title, head, rows)


def _together(rounds: Sequence[Timed]) -> Timed:
    return Timed(rounds[0].what, sorted(each for taken in rounds for each in taken.taken_ms))


def _beside_the_aim(took: list[Timed], asked: list[int]) -> str:
    said = []
    if any(each.at(95) > AIM_MS for each in took):
        said.append(f"above {AIM_MS} ms")
    if len(set(asked)) > 1:
        said.append("not as many queries")
    return ", ".join(said)


def _files(took: Sequence[dict[str, Timed]], sizes: Sequence[Sequence[int]]) -> str:
    head = ("file", *(f"{who}: {fact}" for who in ("small", "large") for fact in ("median ms", "KB")))
    rows = []
    for place, what in enumerate(took[0]):
        facts = [
            fact
            for timings, own in zip(took, sizes, strict=True)
            for fact in (f"{timings[what].median_ms:,.0f}", f"{own[place] / 1024:,.0f}")
        ]
        rows.append((what, *facts))
    return table("Files, until the last byte", head, rows)


def _views(found: Sequence[tuple[str, tuple[int, int]]]) -> list[tuple[str, ...]]:
    return [
        (what, *(f"{part / 1024:.1f}" for part in parts), "" if sum(parts) <= AIM_KB * 1024 else f"above {AIM_KB} KB")
        for what, parts in found
    ]


def _queries(account: Account, pages: Pages) -> dict[str, int]:
    """How many statements each page asks, when all that is remembered was asked before."""
    client = Client(SERVER_NAME="localhost")
    if account.cookie:
        client.force_login(account.user)
    found = {}
    for what, path in pages(account).items():
        client.get(path)
        # Settings are remembered for a moment, which may be over or not.
        settings_store.forget()
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        if answer.status_code != HTTPStatus.OK:
            raise RuntimeError(f"{what}: {path} answers {answer.status_code}")
        found[what] = len(asked)
    return found


def _headers(account: Account) -> dict[str, str]:
    return {"Cookie": account.cookie} if account.cookie else {}


def _all_timed(address: str, accounts: Sequence[Account], pages: Pages, times: int) -> list[dict[str, Timed]]:
    return [{what: _timed(address, each, path, times) for what, path in pages(each).items()} for each in accounts]


def _timed(address: str, account: Account, path: str, times: int) -> Timed:
    taken: list[float] = []
    while len(taken) < times:
        cache.clear()
        found = timed(path, fetch(address + path, {**_headers(account), **_PACKED}), min(_AT_ONCE, times - len(taken)))
        taken += found.taken_ms
        if len(found.taken_ms) < _AT_ONCE:
            # It was the last part, or takes so long that few times are enough.
            break
    return Timed(path, sorted(taken))


def _first_view(address: str, account: Account, path: str) -> tuple[int, int]:
    """The bytes of a page, and of all styles and scripts that it names, as they are sent to a browser."""
    cache.clear()
    plain = _headers(account)
    packed = {**plain, **_PACKED}
    parts = {part.decode() for part in _SHEETS.findall(fetch(address + path, plain)())}
    return len(fetch(address + path, packed)()), sum(len(fetch(address + part, packed)()) for part in sorted(parts))
