"""The code posts what the chart lists, and nothing else."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tallystick.ledger.accounts import CHART
from tests.chart import CHART as TEXT

PROJECT = Path(__file__).resolve().parents[2]
# The events that the path from an invoice to a receipt needs.
NEEDED = {f"J{number:02}" for number in (2, 4, 5, 6, 7, 8, 9, 11, 14, 15, 26, 27, 30, 35)}
SOURCES = sorted((PROJECT / "src" / "tallystick").rglob("*.py"))


def listed_accounts() -> dict[str, tuple[str, str, bool]]:
    section = TEXT.split("## Accounts")[1].split("## Events")[0]
    found: dict[str, tuple[str, str, bool]] = {}
    for row in re.findall(r"^\| ([0-9 /]+) \| ([^|]+) \| (\w+) \|", section, flags=re.MULTILINE):
        codes, names, side = row
        for code in codes.split("/"):
            found[code.strip()] = (names.strip(), side, "**C**" in names)
    return found


def listed_rules() -> set[str]:
    section = TEXT.split("## Events")[1]
    return set(re.findall(r"^\| (J[0-9]{2}) \|", section, flags=re.MULTILINE))


@cache
def rules_in_code() -> dict[str, set[str]]:
    """Every rule that code gives to an entry (`rule="J04"`), with the files that do."""
    found: dict[str, set[str]] = {}
    for path in SOURCES:
        # No door posts; one shows made-up entries in the gallery of components.
        if {"migrations", "interfaces"} & set(path.parts):
            continue
        text = path.read_text()
        # Reading a file as code takes a hundred times as long.
        for node in ast.walk(ast.parse(text)) if "rule=" in text else ():
            if isinstance(node, ast.keyword) and node.arg == "rule":
                for part in ast.walk(node.value):
                    if isinstance(part, ast.Constant) and re.fullmatch("J[0-9]{2}", str(part.value)):
                        found.setdefault(str(part.value), set()).add(f"{path.parent.name}/{path.name}")
    return found


def test_the_accounts_are_those_of_the_chart() -> None:
    listed = listed_accounts()
    assert set(CHART) == set(listed)
    for code, account in CHART.items():
        names, side, of_customer = listed[code]
        assert account.of_customer is of_customer, code
        if side != "either":
            assert account.normal_side == {"debit": "D", "credit": "C"}[side], code
        if "/" not in names:
            assert names.replace("**C**", "").strip().startswith(account.name.split(",")[0]), code


def test_every_rule_that_the_code_posts_is_listed() -> None:
    used = rules_in_code()
    assert set(used) <= listed_rules(), set(used) - listed_rules()
    assert set(used) >= NEEDED


@pytest.mark.parametrize("rule", sorted(rules_in_code()))
def test_each_rule_has_one_home(rule: str) -> None:
    assert len(rules_in_code()[rule]) == 1
