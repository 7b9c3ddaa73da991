"""Every rule of the chart, told as its story in a closed month, posts on the first open day and nowhere else (J63)."""

from datetime import date
from typing import Final

import pytest
from django.db import connection

from tallystick.foundation.transactions import transaction
from tallystick.invoices.earning import InvoiceMonthIsClosed, MonthIsClosed
from tallystick.ledger import periods
from tests.rooms import money_out_stories, test_postings
from tests.rooms.posting_stories import STORIES, Story
from tests.scenarios.conftest import at

__all__ = ["money_out_stories", "test_postings"]

OPEN_DAY: Final = date(2027, 1, 1)
# What is not done in a closed month at all: its revenue is earned later, and its invoices are credited.
REFUSED: Final[dict[str, type[Exception]]] = {"J03": MonthIsClosed, "J15": InvoiceMonthIsClosed}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(STORIES))
def test_an_act_in_a_closed_month_posts_on_the_first_open_day(name: str) -> None:
    told = STORIES[name]
    story = Story("USD")
    with transaction():
        periods.close_month(date(2026, 12, 1), today=OPEN_DAY, at=at("2027-01-01"), by="Somebody")
    if told.rule in REFUSED:
        with pytest.raises(REFUSED[told.rule]):
            told.act(story)
        return
    told.act(story)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT effective_date FROM ledger_journalentry")
        assert cursor.fetchall() == [(OPEN_DAY,)]
