"""What is posted when documents are issued and withdrawn, and what they deferred is earned."""

from datetime import date

from tallystick.usecases import bill, earn_revenue
from tests.chart import row
from tests.rooms.posting_stories import FEBRUARY, Story, posts
from tests.scenarios.conftest import at


@posts(
    "J02",
    ("1200", "D", 48600, 44712),
    ("4000", "C", 10000, 9200),
    ("4050", "C", 500, 460),
    ("2400", "C", 30000, 27600),
    ("2300", "C", 8100, 7452),
)
def issue(story: Story) -> None:
    story.bills_all_kinds()


@posts("J02", ("1200", "D", 10680, 9826), ("4000", "C", 8900, 8188), ("2300", "C", 1780, 1638))
def issue_the_row_s_own_example(story: Story) -> None:
    assert "106.80 = 89.00 + 17.80" in row("J02").remarks
    story.bills(8900)


WITHDRAWN = (
    ("4000", "D", 10000, 9200),
    ("4050", "D", 500, 460),
    ("2400", "D", 30000, 27600),
    ("2300", "D", 8100, 7452),
)


@posts("J15", ("1200", "C", 48600, 44712), *WITHDRAWN)
def void(story: Story) -> None:
    bill.void_invoice(actor=story.staff, at=at(FEBRUARY), invoice_id=story.bills_all_kinds(), reason="Wrong payer")


@posts("J26", ("2100", "C", 48600, 44712), *WITHDRAWN)
def credit_note(story: Story) -> None:
    bill.issue_credit_note(actor=story.staff, at=at(FEBRUARY), invoice_id=story.bills_all_kinds(), reason="Late")


@posts("J03", ("2400", "D", 10333, 9506), ("4000", "C", 10333, 9506))
def earn(story: Story) -> None:
    assert "straight line by day over the line's period" in row("J03").remarks
    story.bills_all_kinds()
    earn_revenue.begin_revenue_run(actor=story.staff, at=at(FEBRUARY), month=date(2026, 1, 1))
    while earn_revenue.step(at=at(FEBRUARY)):
        pass
