"""The sums of a business by the rules of the chart alone, without the product: small enough to be checked by reading.

Amounts are cents of euro. On accounts debits are above 0 and credits below.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from tallystick.catalog.queries import NO_TAX_ON_DAMAGES
from tests.scenarios.year.seen import Mail, Posted

DAY: Final = timedelta(days=1)
# What the sandbox takes of a payment, as its README says: 1.4 %, rounded half up, and 0.25.
FEE_PER_MILLE: Final = 14
FEE_FIXED: Final = 25
DISPUTE_FEE: Final = 1500
# What late fees are, which are damages.
UNTAXED: Final = NO_TAX_ON_DAMAGES


def half_up(part: int, whole: int) -> int:
    """This function will divide two numbers that are not below 0, and round half up."""
    return (2 * part + whole) // (2 * whole)


def in_words(minor: int) -> str:
    """This function will write an amount as a mail's subject does."""
    return f"€{minor // 100:,}.{minor % 100:02}"


@dataclass(kw_only=True)
class Expected:
    """A payment that counts in the metrics: since when it has which status, on which day it counts then, with what."""

    course: list[tuple[date, str, date, int]]

    def on(self, day: date) -> tuple[str, date, int] | None:
        """This function will return status, day and amount as they stood at the end of a day; None before it was."""
        known = [(status, counted, minor) for since, status, counted, minor in self.course if since <= day]
        return known[-1] if known else None


@dataclass(kw_only=True)
class Claim:
    """An invoice: what is due when, what took something off it, and the payment that is expected for what is open."""

    who: str
    day: date
    due: date
    gross: int
    expected: Expected
    taken: list[tuple[date, int]] = field(default_factory=list)

    def open_on(self, day: date) -> int:
        """This function will return what is open at the end of a day."""
        return self.gross - sum(minor for when, minor in self.taken if when <= day) if self.day <= day else 0


@dataclass(kw_only=True)
class Deferred:
    """A line that covers more than a month, from its first day to the day after its last one.

    It may end early, on the day on which what is not used is given back.
    """

    since: date
    until: date
    left: int
    ends: tuple[date, int] | None = None

    def earn(self, last: date) -> int:
        """This function will earn up to the end of a day: what is left by the days, all of it on the last one."""
        if self.ends is not None and self.ends[0] <= last:
            self.until, self.left, self.ends = self.ends[0], self.left - self.ends[1], None
        until = min(self.until, last + DAY)
        if until <= self.since or not self.left:
            return 0
        part = half_up(self.left * (until - self.since).days, (self.until - self.since).days)
        self.since, self.left = until, self.left - part
        return part


class Book:
    """What is booked, owed, expected and written to customers, entry by entry."""

    def __init__(self) -> None:
        self.entries: list[tuple[date, str, str, int]] = []
        self.moved: list[tuple[date, str]] = []
        self.claims: list[Claim] = []
        self.expected: list[Expected] = []
        self.deferred: list[tuple[date, Deferred]] = []
        self.taxed: list[tuple[date, str, int, int]] = []
        self.mails: list[Mail] = []
        self.credited: list[tuple[date, str, int]] = []

    def enter(self, day: date, rule: str, /, **lines: int) -> None:
        """This function will write an entry: each account as `a1200`, debits above 0 and credits below."""
        assert sum(lines.values()) == 0
        self.entries += [(day, rule, account[1:], minor) for account, minor in lines.items()]

    def mail(self, day: date, kind: str, who: str, minor: int | None = None) -> None:
        """This function will write down a mail, with the amount that its subject names."""
        self.mails.append((day.isoformat(), kind, who, "" if minor is None else in_words(minor)))

    def bill(
        self,
        day: date,
        who: str,
        nets: Mapping[int, int],
        *,
        terms: int = 0,
        covers: tuple[date, date] | None = None,
    ) -> Claim:
        """This function will issue an invoice of a net amount for each rate of tax in percent (J02)."""
        gross, net = 0, sum(nets.values())
        for percent, each in nets.items():
            tax, cents_lost = divmod(each * percent, 100)
            assert not cents_lost
            gross += each + tax
            self.enter(day, "J02", a1200=tax, a2300=-tax)
            self.taxed.append((day, f"VAT {percent} %", each, tax))
        if covers is None:
            self.enter(day, "J02", a1200=net, a4000=-net)
        else:
            self.enter(day, "J02", a1200=net, a2400=-net)
            self.deferred.append((day, Deferred(since=covers[0], until=covers[1], left=net)))
        self.moved.append((day, who))
        due = day + timedelta(days=terms)
        claim = Claim(who=who, day=day, due=due, gross=gross, expected=self.expect(day, due, gross))
        self.claims.append(claim)
        self.mail(day, "invoice_issued", who, gross)
        return claim

    def late_fee(self, day: date, who: str, minor: int, *, due: date) -> Claim:
        """This function will bill a late fee (J60), which no mail announces but the reminder that adds it."""
        self.enter(day, "J02", a1200=minor, a4050=-minor)
        self.taxed.append((day, UNTAXED, minor, 0))
        self.moved.append((day, who))
        claim = Claim(who=who, day=day, due=due, gross=minor, expected=self.expect(day, due, minor))
        self.claims.append(claim)
        return claim

    def give_up(self, day: date, claim: Claim, *, tax: int = 0) -> None:
        """This function will write off what is open of an invoice, with the relief of its tax (J12)."""
        minor = claim.open_on(day)
        self.enter(day, "J12", a6200=minor - tax, a2300=tax, a1200=-minor)
        if tax:
            self.taxed.append((day, "VAT 20 %", tax - minor, -tax))
        self.moved.append((day, claim.who))
        claim.taken.append((day, minor))
        claim.expected.course.append((day, "cancelled", claim.due, minor))

    def end_early(self, day: date, claim: Claim, *, net: int, tax: int, fee: int) -> None:
        """This function will give back what is not used of a paid service (J26), and bill the early-return fee with
        20 % tax (J60), which the credit pays.
        """
        line = next(line for billed, line in self.deferred if billed == claim.day)
        line.ends = (day, net)
        self.enter(day, "J26", a2400=net, a2300=tax, a2100=-net - tax)
        self.taxed.append((day, "VAT 20 %", -net, -tax))
        self.mail(day, "credit_note_issued", claim.who, net + tax)
        gross = fee + fee // 5
        self.enter(day, "J02", a1200=gross, a4050=-fee, a2300=fee - gross)
        self.taxed.append((day, "VAT 20 %", fee, gross - fee))
        self.enter(day, "J08", a2100=gross, a1200=-gross)
        self.mail(day, "invoice_issued", claim.who, gross)
        self.expect(day, day + (claim.due - claim.day), gross).course.append(
            (day, "cancelled", day + (claim.due - claim.day), gross)
        )
        self.moved.append((day, claim.who))
        self.credited.append((day, claim.who, net + tax - gross))

    def expect(self, day: date, due: date, minor: int) -> Expected:
        """This function will expect a payment of what is open of an invoice, on its due date."""
        self.expected.append(Expected(course=[(day, "pending", due, minor)]))
        return self.expected[-1]

    def card(self, day: date, claim: Claim) -> None:
        """This function will charge a card with an invoice (J10), for which the payment service keeps its fee (J35)."""
        fee = half_up(claim.gross * FEE_PER_MILLE, 1000) + FEE_FIXED
        self.pay(day, claim, claim.gross, into="a1120")
        self.enter(day, "J35", a6100=fee, a1120=-fee)

    def bank(self, day: date, claim: Claim, minor: int | None = None) -> None:
        """This function will take a transfer for an invoice, all of it unless said (J10)."""
        self.pay(day, claim, claim.open_on(day) if minor is None else minor, into="a1100")

    def pay(self, day: date, claim: Claim, minor: int, *, into: str) -> None:
        """This function will book money for an invoice, and expect what is still open of it."""
        self.enter(day, "J04", **{into: minor}, a2100=-minor)
        self.enter(day, "J08", a2100=minor, a1200=-minor)
        self.moved.append((day, claim.who))
        claim.taken.append((day, minor))
        claim.expected.course.append((day, "completed", day, minor))
        if left := claim.open_on(day):
            claim.expected = self.expect(day, claim.due, left)
        self.mail(day, "receipt", claim.who, minor)

    def earn(self, last: date) -> int:
        """This function will earn the deferred revenue of a month up to its last day (J03)."""
        earned = sum(line.earn(last) for day, line in self.deferred if day <= last)
        if earned:
            self.enter(last, "J03", a2400=earned, a4000=-earned)
        return earned

    # What follows reads.

    def days(self) -> set[date]:
        """This function will return the days on which something is booked or written."""
        return {each[0] for each in self.entries} | {date.fromisoformat(each[0]) for each in self.mails}

    def balance(self, day: date, *accounts: str) -> int:
        """This function will return what stands on accounts at the end of a day."""
        return sum(minor for when, _rule, account, minor in self.entries if when <= day and account in accounts)

    def balances(self, first: date, last: date) -> dict[str, tuple[int, int, int, int]]:
        """This function will return each account with its opening, debits, credits and closing; without empty ones."""
        found = {}
        for account in sorted({each[2] for each in self.entries}):
            here = [minor for when, _rule, one, minor in self.entries if one == account and first <= when <= last]
            opening = self.balance(first - DAY, account)
            sums = sum(minor for minor in here if minor > 0), -sum(minor for minor in here if minor < 0)
            if opening or any(sums):
                found[account] = (opening, *sums, opening + sum(here))
        return found

    def posted(self, first: date, last: date) -> Posted:
        """This function will return what each rule posted on each side of each account."""
        found: Posted = Counter()
        for when, rule, account, minor in self.entries:
            if first <= when <= last and minor:
                found[rule, account, "D" if minor > 0 else "C"] += abs(minor)
        return found

    def aged(self, day: date) -> dict[str, tuple[int, ...]]:
        """This function will return who owes how much by age: not due, up to 30, 60 and 90 days, more, and all."""
        found: dict[str, list[int]] = {}
        for claim in self.claims:
            if minor := claim.open_on(day):
                late = (day - claim.due).days
                age = 0 if late <= 0 else min((late - 1) // 30 + 1, 4)
                sums = found.setdefault(claim.who, [0] * 6)
                sums[age] += minor
                sums[5] += minor
        return {who: tuple(sums) for who, sums in found.items()}

    def tax(self, first: date, last: date) -> dict[str, tuple[int, int]]:
        """This function will return the net amounts and the tax of each rate."""
        found: dict[str, tuple[int, int]] = {}
        for day, rate, net, tax in self.taxed:
            if first <= day <= last:
                before = found.get(rate, (0, 0))
                found[rate] = (before[0] + net, before[1] + tax)
        return found

    def counted(self, first: date, last: date) -> Iterator[tuple[str, date, int]]:
        """This function will yield the payments that count in a period, as they stood at its end."""
        for each in self.expected:
            known = each.on(last)
            if known is not None and first <= known[1] <= last:
                yield known

    def metrics(self, first: date, last: date) -> tuple[int, ...]:
        """This function will return the metrics in the order of `seen.METRICS`."""
        found = list(self.counted(first, last))
        sums: Counter[str] = Counter()
        for status, _day, minor in found:
            sums[status] += minor
        counts = Counter(status for status, _day, _minor in found)
        every = counts.total()
        return (
            sums["completed"],
            sums["pending"],
            0,
            half_up(counts["completed"] * 10_000, every),
            half_up(sums.total(), every),
            half_up(counts["failed"] * 10_000, every),
            every,
        )

    def income(self, months: Iterable[tuple[date, date]]) -> list[tuple[int, int]]:
        """This function will return how many payments completed in each month, and what they come to."""
        found = []
        for first, last in months:
            paid = [minor for status, _day, minor in self.counted(first, last) if status == "completed"]
            found.append((len(paid), sum(paid)))
        return found

    def to_be_earned(self, last: date) -> dict[str, int]:
        """This function will return in which months after a day what is deferred by then will be earned."""
        found: Counter[str] = Counter()
        # Of an early end to come nobody knows.
        waiting = [replace(line, ends=None) for day, line in self.deferred if day <= last and line.left]
        while any(line.left for line in waiting):
            first = last + DAY
            last = (first + timedelta(days=31)).replace(day=1) - DAY
            found[first.isoformat()] = sum(line.earn(last) for line in waiting)
        return dict(found)
