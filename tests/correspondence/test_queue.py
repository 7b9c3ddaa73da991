"""Queueing: once for each thing and address, with its job, or not at all; and what the outbox shows."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from tallystick.correspondence import queries, states
from tallystick.correspondence.contents import Kind
from tallystick.correspondence.models import Message
from tallystick.correspondence.operations import Recipient, RecipientNotAccepted, queue
from tallystick.correspondence.rendering import render
from tallystick.foundation.errors import NotFound
from tallystick.foundation.transactions import NoTransactionError
from tests.conftest import OwnDatabase
from tests.correspondence import samples
from tests.correspondence.conftest import AT, queue_one, queue_to, waiting_jobs


@pytest.mark.django_db
def test_each_recipient_gets_a_message_and_a_job_of_its_own() -> None:
    ids = queue_to(["mary@ivory.example", "bob@ivory.example"])

    assert [queries.message(each).recipient_email for each in ids] == ["mary@ivory.example", "bob@ivory.example"]
    assert waiting_jobs() == [(str(each), None) for each in ids]
    first = queries.message(ids[0])
    assert first.subject == "Payment received: €1,260.85 to Northwind Hosting (receipt R-2026-00042)"
    assert (first.state, first.tries, first.created_at, first.sent_at, first.deliveries) == ("queued", 0, AT, None, ())


@pytest.mark.django_db
def test_the_same_mail_for_the_same_thing_to_the_same_address_happens_once() -> None:
    first = queue_one()

    assert queue_to(["mary@ivory.example", "MARY@ivory.example", "mary@ivory.example"]) == []
    [bob] = queue_to(["mary@ivory.example", "bob@ivory.example"])
    other = queue_one(unique_key="receipt:2")
    assert [job for job, _ in waiting_jobs()] == [str(first), str(bob), str(other)]
    assert Message.objects.count() == 3


def test_two_at_once_queue_one(own_database: OwnDatabase) -> None:
    together = threading.Barrier(8)
    new: list[UUID] = []

    def run() -> None:
        together.wait()
        new.extend(queue_to(["mary@ivory.example"]))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(new) == 1
    assert [job for job, _ in waiting_jobs()] == [str(new[0])]


@pytest.mark.django_db(transaction=True)
def test_without_its_fact_there_is_no_mail_and_no_job() -> None:
    class FactFailed(Exception):
        pass

    def fail() -> None:
        with transaction.atomic():
            queue_one()
            raise FactFailed

    with pytest.raises(FactFailed):
        fail()
    assert Message.objects.count() == 0
    assert waiting_jobs() == []
    with pytest.raises(NoTransactionError):
        queue(
            kind=Kind.WELCOME,
            recipients=[],
            customer_id=None,
            about=None,
            unique_key="x",
            content=render(Kind.WELCOME, samples.welcome()),
            at=AT,
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "email",
    ["", "mary", "mary@ivory.example\r\nBcc: victim@example.com", "mary@ivory.example\n", "a@b.example, c@d.example"],
)
def test_what_is_no_address_is_refused_and_leaves_no_trace(email: str) -> None:
    with pytest.raises(RecipientNotAccepted):
        queue_to(["bob@ivory.example", email])
    assert Message.objects.count() == 0
    assert waiting_jobs() == []


@pytest.mark.django_db
def test_a_name_is_kept_on_one_line() -> None:
    [message_id] = queue_to(["mary@ivory.example"], name="Mary\r\nBcc: victim@example.com" + "x" * 300)
    name = queries.message(message_id).recipient_name
    assert name.startswith("Mary Bcc: victim@example.comx")
    assert len(name) == 200


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["subject", "recipient_name", "recipient_email"])
def test_the_database_refuses_a_second_line_in_a_header(column: str) -> None:
    message_id = queue_one()
    with pytest.raises(IntegrityError, match="message_headers_are_one_line"), transaction.atomic():
        Message.objects.filter(id=message_id).update(**{column: "a\nBcc: b"})


@pytest.mark.django_db
def test_the_outbox_is_newest_first_page_by_page_and_by_filter() -> None:
    ids = [queue_one(unique_key=f"receipt:{n}", at=AT + timedelta(minutes=n)) for n in range(5)]
    Message.objects.filter(id=ids[0]).update(state=states.FAILED)

    first = queries.outbox_page(limit=2)
    second = queries.outbox_page(limit=2, cursor=first.next_cursor)
    third = queries.outbox_page(limit=2, cursor=second.next_cursor)
    assert [row["id"] for page in (first, second, third) for row in page.rows] == ids[::-1]
    assert third.next_cursor == ""
    assert [row["id"] for row in queries.outbox_page(state="failed").rows] == [ids[0]]
    assert queries.outbox_page(kind=Kind.WELCOME).rows == []
    assert queries.outbox_page(customer_id=UUID(int=7)).rows == []
    assert len(queries.outbox_page(kind=Kind.RECEIPT, state="queued").rows) == 4
    assert [row["id"] for row in queries.messages_about(UUID(int=1))] == ids[::-1]
    assert queries.messages_about(UUID(int=2)) == []
    with pytest.raises(NotFound):
        queries.message(UUID(int=3))


@pytest.mark.django_db
def test_a_sign_in_link_is_readable_only_where_the_outbox_is_the_mail(set_up: Callable[..., None]) -> None:
    content = render(Kind.SIGN_IN_LINK, samples.sign_in_link())
    with transaction.atomic():
        [message_id] = queue(
            kind=Kind.SIGN_IN_LINK,
            recipients=[Recipient(name="", email="mary@ivory.example")],
            customer_id=None,
            about=None,
            unique_key="sign-in:1",
            content=content,
            at=AT,
        )
    set_up(TRANSPORT="smtp")
    assert queries.message(message_id).content is None
    set_up(TRANSPORT="outbox")
    assert queries.message(message_id).content == content


@pytest.mark.django_db
def test_the_letterhead_has_a_colour_of_ours_until_the_business_chooses_one() -> None:
    assert queries.letterhead().colour == "#204eb2"


@pytest.mark.parametrize("state", states.STATES)
@pytest.mark.parametrize("event", states.EVENTS)
def test_what_is_not_in_the_table_is_refused(state: str, event: str) -> None:
    if (state, event) in states.TRANSITIONS:
        assert states.next_state(message_id=UUID(int=1), state=state, event=event) in states.STATES
        return
    with pytest.raises(states.MessageTransitionRefused) as refusal:
        states.next_state(message_id=UUID(int=1), state=state, event=event)
    assert (refusal.value.state, refusal.value.event) == (state, event)
