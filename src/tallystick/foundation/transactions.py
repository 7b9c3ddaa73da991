"""Transactions: who owns one (`transaction`), who needs one (`needs_transaction`), who must have none (`outside`).

A use case owns its transaction; a room's operations need one and open none; a call to a gateway must be outside.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import psycopg.errors
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.db import transaction as django_transaction

P = ParamSpec("P")
R = TypeVar("R")


class NoTransactionError(RuntimeError):
    """Code that writes was called without the transaction of a use case: a fault in our own code."""


class WouldWriteError(Exception):
    """What may only look wanted to write, or to talk to the outside world; nothing of it happened."""


class InsideTransactionError(RuntimeError):
    """Code that waits for the outside world was called inside a transaction: a fault in our own code."""


@contextmanager
def transaction() -> Iterator[None]:
    """This function will own one transaction: everything inside is committed together, or nothing is.

    Before the end all deferred constraints are checked, so that a broken rule is raised here, where the use case can
    name it, and not at the commit. Inside another transaction it is a part of that one (tests and batches).
    """
    with django_transaction.atomic():
        yield
        check_constraints()


def check_constraints() -> None:
    """This function will check now what was deferred to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def savepoint() -> Iterator[None]:
    """This function will undo what happened inside, alone, when it fails.

    Raises:
        NoTransactionError: when there is no transaction to be a part of.
    """
    _require_transaction("savepoint")
    with django_transaction.atomic():
        yield


@contextmanager
def undone() -> Iterator[None]:
    """This function will undo whatever happened inside, and go on: for finding out what would happen.

    Raises:
        NoTransactionError: when there is no transaction to be a part of.
    """
    _require_transaction("undone")
    with django_transaction.atomic():
        yield
        django_transaction.set_rollback(True)


@contextmanager
def read_only() -> Iterator[None]:
    """This function will let what is inside look at the database, and at nothing else: the database itself refuses
    every write.

    Raises:
        WouldWriteError: when it wanted to write, or to wait for the outside world.
    """
    try:
        with django_transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
            yield
    except InsideTransactionError as error:
        raise WouldWriteError from error
    except InternalError as error:
        if not isinstance(error.__cause__, psycopg.errors.ReadOnlySqlTransaction):
            raise
        raise WouldWriteError from error


@contextmanager
def snapshot() -> Iterator[None]:
    """This function will show everything inside as of one moment, and let nothing be written.

    Its questions are planned for their values each time: they are large, and differ by what is asked for. Inside
    another transaction it is a part of that one, and sees what that one sees.
    """
    owns_transaction = not connection.in_atomic_block
    with transaction():
        if owns_transaction:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; "
                    "SET LOCAL plan_cache_mode = force_custom_plan"
                )
        yield


@contextmanager
def steady() -> Iterator[None]:
    """This function will own one transaction that sees the moment of its first question until it ends, and may write.

    Locks of tables come before that moment. Inside another transaction it is a part of that one, and sees what that one
    sees.
    """
    owns_transaction = not connection.in_atomic_block
    with transaction():
        if owns_transaction:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def needs_transaction(function: Callable[P, R]) -> Callable[P, R]:
    """This function will mark one that may run only inside the transaction of a use case.

    Raises:
        NoTransactionError: when it is called without one.
    """

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        _require_transaction(function.__qualname__)
        return function(*args, **kwargs)

    return checked


def database_is_away(error: Exception) -> bool:
    """This function will say whether the database could not be reached, or gave up for now: the same may work later.

    Those are lost and refused connections, an empty pool, resources used up, a shutdown, and transactions that it ended
    to let others pass (SQLSTATE classes 08, 40, 53 and 57).
    """
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    return state is None or state[:2] in {"08", "40", "53", "57"}


def _require_transaction(name: str) -> None:
    if not connection.in_atomic_block:
        raise NoTransactionError(f"{name} needs the transaction of a use case.")


def require_outside(what: str) -> None:
    """This function will refuse to go on inside a transaction, because `what` waits for the outside world.

    The transaction that wraps a test does not count.

    Raises:
        InsideTransactionError: when a transaction is open.
    """
    blocks = [block for block in connection.atomic_blocks if not getattr(block, "_from_testcase", False)]
    if blocks:
        raise InsideTransactionError(f"{what} may not happen inside a transaction.")
