"""How many documents a second are drawn: each process draws by itself, as web servers and workers do."""

import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from tallystick.invoices.documents.facts import InvoiceFacts

RESULTS = Path(__file__).with_name("documents.md")
PROCESSES = (1, 2)
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 132 32"><circle cx="16" cy="16" r="15" fill="#204eb2"/>'
    '<path d="M8 21 16 8l8 13z" fill="#fff"/></svg>'
)


@dataclass(frozen=True)
class Plan:
    """How many documents each process draws in a round, and how many rounds there are."""

    documents: int
    rounds: int


FULL = Plan(documents=200, rounds=7)
QUICK = Plan(documents=20, rounds=1)


def measure(*, quick: bool) -> None:
    """This function will draw documents with one process and with two, show the figures, and keep them."""
    plan = QUICK if quick else FULL
    kinds = {"an invoice of six lines, with logo and code": 1, "a group's invoice of 63 lines, four pages": 10}
    rows: list[tuple[str, ...]] = []
    for what, share in kinds.items():
        for processes in PROCESSES:
            rounds = _rounds(processes, replace(plan, documents=max(plan.documents // share, 3)), grouped=share > 1)
            rows.append(
                (what, str(processes), f"{statistics.median(rounds):.0f}", f"{min(rounds):.0f}–{max(rounds):.0f}")
            )
    parts: list[tuple[str, ...]] = [
        (name, f"{milliseconds:.1f}") for name, milliseconds in _in_a_process(_parts, plan).items()
    ]
    _publish(
        {
            "Documents a second": (("what", "processes", "per second, median", "of all rounds"), rows),
            "One invoice": (("part", "ms of processor time"), parts),
        },
        keeps=not quick,
    )


def _rounds(processes: int, plan: Plan, *, grouped: bool) -> list[float]:
    """The documents a second of all processes together, round by round."""
    # A process that has drawn must not fork.
    context = multiprocessing.get_context("spawn")
    barrier, told = context.Barrier(processes), context.Queue()
    started = [
        context.Process(target=_draw, args=(barrier, told, plan, grouped), daemon=True) for _ in range(processes)
    ]
    for process in started:
        process.start()
    times = [told.get(timeout=600) for _ in range(processes * plan.rounds)]
    for process in started:
        process.join()
    slowest: dict[int, float] = {}
    for number, seconds in times:
        slowest[number] = max(slowest.get(number, 0), seconds)
    return [processes * plan.documents / seconds for seconds in slowest.values()]


def _draw(barrier: Barrier, told: Any, plan: Plan, grouped: bool) -> None:  # noqa: FBT001 - of a process by position
    _set_up()
    from tallystick.invoices.documents.drawing import render_invoice

    facts = _grouped() if grouped else _plain()
    render_invoice(facts)
    for number in range(plan.rounds):
        barrier.wait()
        began = time.perf_counter()
        for place in range(plan.documents):
            render_invoice(_another(facts, number * plan.documents + place + 1))
        told.put((number, time.perf_counter() - began))


def _parts(told: Any, plan: Plan) -> None:
    _set_up()
    from tallystick.invoices.documents.cii import cross_industry_invoice
    from tallystick.invoices.documents.drawing import render_invoice
    from tallystick.invoices.documents.factur_x import declared
    from tallystick.invoices.documents.transfer_code import transfer_code
    from tallystick.invoices.documents.wording import invoice_sheet

    facts = _plain()
    assert facts.bank is not None
    bank = facts.bank
    whole = _timed(lambda place: render_invoice(_another(facts, place)), plan.documents)
    words = _timed(lambda place: invoice_sheet(_another(facts, place)), plan.documents)
    code = _timed(
        lambda place: transfer_code(bank, amount_minor=100 + place, currency="EUR", reference="INV-2026-00001"),
        plan.documents,
    )
    xml = _timed(lambda place: cross_industry_invoice(_another(facts, place)), plan.documents)
    drawn = render_invoice(facts)
    named = _timed(lambda _place: declared(drawn), plan.documents)
    told.put(
        {
            "the words (babel, gettext)": words,
            "the transfer code (segno)": code,
            "the e-invoice (lxml)": xml,
            "its name in the PDF (pikepdf)": named,
            "the layout and the PDF (typst)": whole - words - code - xml - named,
            "all": whole,
        }
    )


def _in_a_process(act: Callable[[Any, Plan], None], plan: Plan) -> dict[str, float]:
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    process = context.Process(target=act, args=(told, plan), daemon=True)
    process.start()
    found: dict[str, float] = told.get(timeout=600)
    process.join()
    return found


def _timed(act: Callable[[int], object], times: int) -> float:
    """The processor time of one call, in milliseconds; the median, for neighbours disturb the mean."""
    act(-1)
    found = []
    for place in range(times):
        began = time.process_time()
        act(place)
        found.append((time.process_time() - began) * 1000)
    return statistics.median(found)


def _set_up() -> None:
    """What the words need of Django: languages, where settings are kept, and no database."""
    import django
    from django.conf import settings

    settings.configure(
        LANGUAGE_CODE="en",
        LANGUAGES=[("en", "English")],
        INSTALLED_APPS=["django.contrib.contenttypes", "tallystick.foundation"],
    )
    django.setup()


def _another(facts: "InvoiceFacts", number: int) -> "InvoiceFacts":
    """The same document for somebody else, with other lines: what typst remembers of the last one must not help."""
    lines = tuple(
        replace(
            line,
            description=f"{line.description} {number} of {place}",
            unit_price_minor=line.unit_price_minor + 100 * number,
            net_minor=line.net_minor + 100 * number,
            tax_minor=line.tax_minor + 20 * number,
        )
        for place, line in enumerate(facts.lines)
    )
    net, tax = sum(line.net_minor for line in lines), sum(line.tax_minor for line in lines)
    buyer = replace(facts.buyer, name=f"Müller & Söhne {number}", lines=(f"Ring {number}", f"{number} Wien"))
    return replace(
        facts,
        number=f"INV-2026-{number:05}",
        buyer=replace(buyer, number=f"C-{number:05}"),
        lines=lines,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        portal_url=f"{facts.portal_url}{number}",
    )


def _plain() -> "InvoiceFacts":
    from tallystick.invoices.documents.facts import BankFacts, InvoiceFacts, LineFacts, Logo, Mark, PartyFacts, TaxFacts

    rate = TaxFacts(rate_id=UUID(int=1), name="VAT 20 %", percent=Decimal(20), category="standard")
    lines = tuple(
        LineFacts(
            description=f"Laptop rental, contract {number}",
            tax=rate,
            net_minor=8900,
            tax_minor=1780,
            quantity=Decimal(1),
            unit_price_minor=8900,
            period_start=date(2026, 3, 1),
            period_end=date(2026, 4, 1),
        )
        for number in range(6)
    )
    seller = PartyFacts(
        name="Northwind Rentals GmbH", lines=("Lindenstraße 14", "10969 Berlin"), country="DE", tax_id="DE123456789"
    )
    return InvoiceFacts(
        number="INV-2026-00001",
        seller=seller,
        buyer=PartyFacts(name="Müller & Söhne", lines=("Ring 1", "1010 Wien"), country="AT", tax_id="", number="C-7"),
        logo=Logo(svg=LOGO, width_for_height=Decimal("4.125")),
        colour="#204eb2",
        locale="en",
        currency="EUR",
        prices_include_tax=False,
        net_minor=53400,
        tax_minor=10680,
        total_minor=64080,
        mark=Mark.NONE,
        invoice_date=date(2026, 3, 1),
        due_date=date(2026, 3, 31),
        title="Rental of March",
        lines=lines,
        bank=BankFacts(holder=seller.name, iban="DE89 3704 0044 0532 0130 00", bic="COBADEFFXXX", bank="Commerzbank"),
        portal_url="https://pay.northwind.example/portal/invoices/inv_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8/",
    )


def _grouped() -> "InvoiceFacts":
    facts = _plain()
    members = [
        replace(facts.lines[0], member_id=UUID(int=number), member_name=f"Member {number}")
        for number in range(1, 8)
        for _ in range(9)
    ]
    return replace(facts, lines=tuple(members), net_minor=560700, tax_minor=112140, total_minor=672840)


def _publish(tables: dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]], *, keeps: bool) -> None:
    console = Console(width=max(Console().width, 100))
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    text = (
        f"# Last run\n\n{datetime.now(tz=UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} processors, {platform.machine()}, "
        f"Python {platform.python_version()}. Load of the machine over 1, 5 and 15 minutes at the end: {load}.\n"
    )
    for title, (head, rows) in tables.items():
        table = Table(*head, title=title)
        for row in rows:
            table.add_row(*row)
        console.print(table)
        lines = [head, tuple("---" for _ in head), *rows]
        text += f"\n## {title}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
    if keeps:
        RESULTS.write_text(text)
