"""Letters in the back office: listed until they are printed, as one PDF, and without what is paid by then."""

import pytest

from tallystick.correspondence import letters
from tallystick.correspondence.letter_models import PaperLetter
from tallystick.dunning import operations, queries
from tallystick.foundation.clock import now
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.usecases import dun, notify_reminder
from tests.backoffice.business import Business
from tests.backoffice.forms import Signed, closed, text_of, url
from tests.documents.samples import text_of as words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(business: Business) -> list[str]:
    """Letters to two customers, the older one first."""
    (plan,) = queries.plans()
    with transaction():
        operations.set_level(plan.id, days=21, pay_by_days=7, texts={}, channel="letter")
    for name in ("Acme Corp", "Zeta Ltd"):
        business.invoice(business.customer(name), 8900, days_ago=40)
    for part in dun.parts(at=now()):
        notify_reminder.write(reminder_ids=part.reminder_ids, at=now())
    return [public_id("let", row.id) for row in PaperLetter.objects.order_by("written_at", "id")]


def test_letters_are_listed_read_and_printed_as_one_pdf(as_role: Signed, written: list[str]) -> None:
    support = as_role("Support")
    seen = text_of(support.get(url("letters"), {"state": "waiting"}))
    assert ("Acme Corp" in seen, "Zeta Ltd" in seen, "To be printed" in seen) == (True, True, True)
    one = support.get(url("letter-pdf", written[0]))
    assert (one["Content-Type"], "Acme Corp" in words_of(b"".join(one))) == ("application/pdf", True)
    assert set(PaperLetter.objects.values_list("state", flat=True)) == {letters.WAITING}

    closed(as_role("Read-only"), url("print-letters"), {"selected": written})
    assert set(PaperLetter.objects.values_list("state", flat=True)) == {letters.WAITING}
    printed = support.post(url("print-letters"), {"selected": written})
    said = words_of(b"".join(printed))
    assert ("Acme Corp" in said, "Zeta Ltd" in said) == (True, True)
    assert set(PaperLetter.objects.values_list("state", flat=True)) == {letters.PRINTED}
    assert "No row fits" in text_of(support.get(url("letters"), {"state": "waiting"}))
    invoice = public_id("inv", PaperLetter.objects.all()[0].about_id)
    page = text_of(support.get(url("invoice", invoice)))
    assert ("Letter" in page, "Reminder printed" in text_of(as_role("Administrator").get(url("audit")))) == (True, True)


def test_what_is_not_needed_any_more_is_not_printed_and_the_list_says_why(as_role: Signed, written: list[str]) -> None:
    with transaction():
        for row in PaperLetter.objects.all():
            operations.choose_for(customer_id=row.customer_id, plan_id=None)
    support = as_role("Support")
    answer = support.post(url("print-letters"), {"selected": written}, follow=True)
    assert "the letters are not needed any more" in text_of(answer)
    assert "no dunning plan is chosen any more" in text_of(support.get(url("letters")))
    refused = support.get(url("letter-pdf", written[0]), follow=True)
    assert "This letter was dropped" in text_of(refused)
    assert "Choose between 1 and 200 letters." in text_of(support.post(url("print-letters"), {}, follow=True))
    assert support.post(url("print-letters"), {"selected": ["let_0"]}).status_code == 404
