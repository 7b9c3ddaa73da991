"""One moment of the database for several statements: figures that are shown together must agree."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tallystick.foundation.transactions import transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """This function will show everything inside as of one moment, and let nothing be written.

    Inside another transaction it is a part of that one, and sees what that one sees.
    """
    owns_transaction = not connection.in_atomic_block
    with transaction():
        if owns_transaction:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
