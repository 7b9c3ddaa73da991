"""`tallystick verify-books` says what it checked, and by its exit code whether the books agree."""

import subprocess
import sys

import pytest
from django.db import connection

from tests.conftest import OwnDatabase

pytestmark = pytest.mark.processes


def verify(database: OwnDatabase) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tallystick.interfaces.cli.main", "verify-books"]
    return subprocess.run(command, env=database.environment, capture_output=True, text=True, check=False)


def test_books_that_agree_and_books_that_do_not(own_database: OwnDatabase) -> None:
    done = verify(own_database)
    assert (done.returncode, done.stderr) == (0, "")
    assert "✓         0  1. Each entry has debits equal to credits in each currency" in done.stdout
    assert "The books agree" in done.stdout
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO foundation_numberseries (name, last) VALUES ('invoice:2026', 3)")
    done = verify(own_database)
    assert done.returncode == 1
    assert "✗         1  Numbers have no gap in any series\n" in done.stdout
    assert "invoice:2026: expected 3, found 0\n" in done.stdout
    assert done.stderr.startswith("Error: The books do not agree (1 differences).")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM foundation_numberseries")
