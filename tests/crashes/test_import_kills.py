"""The import of receipts killed with SIGKILL: gone on with, each line becomes one payment."""

from signal import SIGKILL

import pytest

from tallystick.payments import import_queries, lists
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases import import_payments
from tests.conftest import OwnDatabase
from tests.crashes.victim import Victim
from tests.scenarios.conftest import World, uid
from tests.usecases.shop import at

pytestmark = pytest.mark.processes

# More than the steps of one job, so that it is killed with some committed.
LINES = import_payments.CHUNK * (import_payments.STEPS_PER_JOB + 1)


@pytest.mark.parametrize(
    "dies",
    [
        "after tallystick.usecases.import_payments.imports.note_recorded",
        "after tallystick.usecases.import_payments.step",
        "before tallystick.usecases.import_payments._set_to_work",
    ],
)
def test_killed_in_the_middle_and_gone_on_with_each_line_is_one_payment(own_database: OwnDatabase, dies: str) -> None:
    world = World()
    lines = "".join(f"2026-01-03,{number}.00,TRX {number}\n" for number in range(1, LINES + 1))
    content = f"Date,Amount,Reference\n{lines}".encode()
    told = {"actor": world.staff, "at": at()}
    file = uid("imp", import_payments.begin_import(**told, name="x.csv", content=content)["id"])
    columns = {"date": 0, "amount": 1, "reference": 2}
    import_payments.map_import(
        **told, import_id=file, columns=columns, decimal_mark=".", date_order="ymd", currency="EUR"
    )
    import_payments.record_import(**told, import_id=file, workers=0)

    victim = Victim({"act": "import", "import_id": str(file), "dies": dies}, own_database.url)
    assert victim.wait() == -SIGKILL
    recorded = import_queries.counts_of([file])[file]["recorded"]
    assert recorded % import_payments.CHUNK == 0, "a step is whole or nothing"
    assert recorded < LINES
    assert len(payments.by_ids([row["payment_id"] for row in import_queries.all_rows(file)])) == recorded

    while import_payments.step(actor=world.staff, at=at(), import_id=file):
        pass
    assert import_queries.counts_of([file])[file]["recorded"] == LINES
    [total] = lists.totals(PaymentFilter(kind="receipt"))
    assert (total.count, total.minor) == (LINES, sum(range(1, LINES + 1)) * 100)
