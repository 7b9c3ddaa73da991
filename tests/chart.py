"""The chart of accounts as its document lists it: what tests compare postings with."""

import re
from pathlib import Path
from typing import Final, NamedTuple

CHART: Final = (Path(__file__).resolve().parents[1] / "docs" / "chart-of-accounts.md").read_text()


class Row(NamedTuple):
    """The cells of a rule's row."""

    event: str
    debit: str
    credit: str
    remarks: str


def row(rule: str) -> Row:
    """This function will return the row of a rule."""
    (line,) = re.findall(rf"^\| {rule} \|(.+)\|$", CHART, flags=re.MULTILINE)
    return Row(*(cell.strip() for cell in line.split("|")))


def codes(text: str) -> set[str]:
    """This function will return the accounts that a cell names by their codes."""
    return set(re.findall(r"\b[0-9]{4}\b", text))


def rules(text: str) -> list[str]:
    """This function will return the rules that a cell names, in its order."""
    return re.findall(r"\bJ[0-9]{2}\b", text)


def listed(rule: str) -> tuple[set[str], set[str]]:
    """This function will return the accounts that a rule may debit, and those it may credit, as its two cells say.

    That includes what they say in words: money in, the account of another rule, the same as another rule.
    """
    return _side(rule, "debit"), _side(rule, "credit")


def money_in() -> set[str]:
    """This function will return the accounts of the chart's money in."""
    (text,) = re.findall(r'^"Money in" below: (.+)$', CHART, flags=re.MULTILINE)
    return codes(text)


def _side(rule: str, side: str) -> set[str]:
    cell: str = getattr(row(rule), side)
    found = codes(cell)
    if "money in" in cell:
        found |= money_in()
    if named := re.search(r"the account of (.+)", cell):
        # Where the money of the other rule went: it stands on the other side there.
        other = "credit" if side == "debit" else "debit"
        found = found.union(*(_side(each, other) for each in rules(named[1])))
    if named := re.search(r"^as (J[0-9]{2})$", cell):
        found |= _side(named[1], side)
    return found
