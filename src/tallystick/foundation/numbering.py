"""Gap-free numbers: a series gives each number once, and none is lost when a transaction fails.

Who takes them: invoices (`invoices.operations.issue`), credit notes (`invoices.credit_notes.issue`), receipts
(`payments.operations.complete`), customers (`customers.operations.create_customer`) and batches of vouchers.
"""

from tallystick.foundation.rows import prepared
from tallystick.foundation.transactions import needs_transaction


@needs_transaction
def take(series: str) -> int:
    """This function will return the next number of the series, from 1.

    The series is locked until the transaction ends, so that a rolled-back number is given again: take it as late as
    possible, after every other lock.
    """
    return take_many(series, 1)


@needs_transaction
def take_many(series: str, count: int) -> int:
    """This function will take `count` consecutive numbers and return the first."""
    with prepared() as cursor:
        cursor.execute(
            "INSERT INTO foundation_numberseries AS series (name, last) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET last = series.last + excluded.last RETURNING last",
            [series, count],
        )
        last: int = cursor.fetchone()[0]
    return last - count + 1
