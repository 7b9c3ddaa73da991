"""Delivering over real SMTP: taken, asked for patience, refused, cut off, killed; and what comes back later."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from uuid import UUID

import pytest
from django.db import connection, transaction

from tallystick.correspondence import operations, queries
from tallystick.correspondence.bounces import NoticeNotUnderstood
from tallystick.correspondence.operations import TRY_TAKES_AT_MOST, WAITS
from tallystick.correspondence.queries import MessageFacts
from tallystick.correspondence.states import MessageTransitionRefused
from tallystick.foundation import clock, jobs
from tallystick.foundation.errors import NotAllowed, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import InsideTransactionError
from tallystick.usecases.deliver import Delivered, Happened, deliver_message, record_returned_mail, resend_message
from tallystick.usecases.roles import ROLES
from tests.conftest import OwnDatabase
from tests.correspondence.conftest import AT, queue_one, waiting_jobs
from tests.correspondence.smtp_server import Script, SmtpServer, smtp_server
from tests.correspondence.test_bounces import notice
from tests.trails import trail_of

SetUp = Callable[..., None]
UseServer = Callable[[SmtpServer], None]
MINUTE = timedelta(minutes=1)
SUPPORT = Actor(kind="staff", id="sue", label="Sue", permissions=frozenset(ROLES["Support"]))


def said(message: MessageFacts) -> list[tuple[bool, str, str]]:
    return [(each.accepted, each.transport, each.answer) for each in message.deliveries]


@pytest.mark.django_db
def test_a_message_reaches_the_mail_server_as_it_was_written(use_server: UseServer) -> None:
    message_id = queue_one()
    with smtp_server() as server:
        use_server(server)
        delivered = deliver_message(message_id=message_id, at=AT)

    assert delivered == Delivered(happened=Happened.SENT, answer="250 queued as 1")
    [received] = server.received
    assert (received.sender, received.recipient) == ("billing@northwind.example", "mary@ivory.example")
    assert received.mail["From"] == "Northwind Hosting <billing@northwind.example>"
    assert received.mail["Subject"] == "Payment received: €1,260.85 to Northwind Hosting (receipt R-2026-00042)"
    assert received.mail["Message-ID"] == f"<{message_id.hex}.1@northwind.example>"
    stored = queries.message(message_id)
    assert stored.content is not None
    text, html = [part.get_content() for part in received.mail.iter_parts()]
    assert text.replace("\r\n", "\n") == stored.content.text
    assert html.replace("\r\n", "\n") == stored.content.html
    assert (stored.state, stored.tries, stored.sent_at) == ("sent", 1, AT)
    assert said(stored) == [(True, "smtp", "250 queued as 1")]


@pytest.mark.django_db
def test_what_is_sent_is_not_sent_again(use_server: UseServer) -> None:
    message_id = queue_one()
    with smtp_server() as server:
        use_server(server)
        deliver_message(message_id=message_id, at=AT)
        again = deliver_message(message_id=message_id, at=AT + MINUTE)
    assert again == Delivered(happened=Happened.NOTHING_TO_DO)
    assert len(server.received) == 1
    assert len(waiting_jobs()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("script", "answer"),
    [
        (Script(answers={"RCPT": "451 4.7.1 greylisted"}), "451 4.7.1 greylisted"),
        (Script(answers={"DATA": "451 4.3.0 try later"}), "451 4.3.0 try later"),
        (Script(answers={".": "452 4.2.2 mailbox full"}), "452 4.2.2 mailbox full"),
        (Script(answers={"RCPT": "421 4.3.2 shutting down"}), "421 4.3.2 shutting down"),
        # These say nothing of the recipient: ours to mend, the mail waits.
        (Script(answers={"CONNECT": "554 5.3.2 go away"}), "554 5.3.2 go away"),
        (Script(answers={"MAIL": "550 5.7.1 sender unknown"}), "550 5.7.1 sender unknown"),
        (Script(hangs_up_at="CONNECT"), "SMTPServerDisconnected: Connection unexpectedly closed"),
        (Script(hangs_up_at="RCPT"), "SMTPServerDisconnected: Connection unexpectedly closed"),
        (Script(hangs_up_at="."), "SMTPServerDisconnected: Connection unexpectedly closed"),
    ],
)
def test_what_fails_for_now_is_tried_again(use_server: UseServer, script: Script, answer: str) -> None:
    message_id = queue_one()
    with smtp_server(script) as server:
        use_server(server)
        first = deliver_message(message_id=message_id, at=AT)

    assert first == Delivered(happened=Happened.WILL_TRY_AGAIN, answer=answer, next_try_at=AT + MINUTE)
    assert waiting_jobs() == [(str(message_id), None), (str(message_id), AT + MINUTE)]
    with smtp_server() as server:
        use_server(server)
        second = deliver_message(message_id=message_id, at=AT + MINUTE)
    assert second.happened is Happened.SENT
    assert [each.mail["Message-ID"] for each in server.received] == [f"<{message_id.hex}.1@northwind.example>"]
    assert said(queries.message(message_id)) == [(False, "smtp", answer), (True, "smtp", "250 queued as 1")]


@pytest.mark.django_db
def test_nobody_listening_is_for_now(use_server: UseServer) -> None:
    message_id = queue_one()
    with smtp_server() as server:
        use_server(server)
    delivered = deliver_message(message_id=message_id, at=AT)
    assert delivered.happened is Happened.WILL_TRY_AGAIN
    assert "ConnectionRefusedError" in delivered.answer


@pytest.mark.django_db
def test_a_silent_server_is_left_after_a_while(use_server: UseServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallystick.correspondence.transports.PATIENCE_SECONDS", 0.2)
    message_id = queue_one()
    with smtp_server(Script(falls_silent_at="RCPT")) as server:
        use_server(server)
        delivered = deliver_message(message_id=message_id, at=AT)
    assert delivered.happened is Happened.WILL_TRY_AGAIN


@pytest.mark.django_db
def test_after_three_days_a_message_is_given_up(use_server: UseServer) -> None:
    message_id, at = queue_one(), AT
    with smtp_server(Script(answers={"RCPT": "451 later"})) as server:
        use_server(server)
        tries: list[Delivered] = []
        while not tries or tries[-1].next_try_at:
            at = tries[-1].next_try_at or at if tries else at
            tries.append(deliver_message(message_id=message_id, at=at))

    assert [each.happened for each in tries] == [Happened.WILL_TRY_AGAIN] * 8 + [Happened.GIVEN_UP]
    assert at == AT + sum(WAITS, timedelta()) == AT + timedelta(days=2, hours=20, minutes=36)
    stored = queries.message(message_id)
    assert (stored.state, len(stored.deliveries)) == ("failed", 9)
    assert len(waiting_jobs()) == 1 + 8


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["RCPT", "DATA", "."])
def test_what_is_refused_for_good_has_bounced_and_is_not_tried_again(use_server: UseServer, verb: str) -> None:
    message_id = queue_one()
    with smtp_server(Script(answers={verb: "550 5.1.1 no such user"})) as server:
        use_server(server)
        first = deliver_message(message_id=message_id, at=AT)
        second = deliver_message(message_id=message_id, at=AT + MINUTE)

    assert first == Delivered(happened=Happened.BOUNCED, answer="550 5.1.1 no such user")
    assert second.happened is Happened.NOTHING_TO_DO
    stored = queries.message(message_id)
    assert stored.state == "bounced"
    assert said(stored) == [(False, "smtp", "550 5.1.1 no such user")]
    assert waiting_jobs() == [(str(message_id), None)]


@pytest.mark.django_db
def test_trouble_after_the_mail_was_taken_changes_nothing(use_server: UseServer) -> None:
    message_id = queue_one()
    with smtp_server(Script(hangs_up_at="QUIT")) as server:
        use_server(server)
        assert deliver_message(message_id=message_id, at=AT).happened is Happened.SENT


@pytest.mark.django_db
def test_until_a_mail_server_is_set_up_mail_waits(set_up: SetUp) -> None:
    set_up(TRANSPORT="smtp")
    message_id = queue_one()
    delivered = deliver_message(message_id=message_id, at=AT)
    assert delivered.happened is Happened.WILL_TRY_AGAIN
    assert delivered.answer == "No mail server or no sender address is set up."


@pytest.mark.django_db
def test_the_outbox_keeps_the_mail(set_up: SetUp) -> None:
    set_up(TRANSPORT="outbox")
    message_id = queue_one()
    assert deliver_message(message_id=message_id, at=AT).happened is Happened.SENT
    assert said(queries.message(message_id)) == [(True, "outbox", "Kept in the outbox; no mail server was asked.")]


def test_two_at_once_send_one(own_database: OwnDatabase, use_server: UseServer) -> None:
    message_id = queue_one()
    outcomes: list[Delivered] = []
    with smtp_server(Script(falls_silent_at=".")) as server:
        use_server(server)

        def run() -> None:
            outcomes.append(deliver_message(message_id=message_id, at=AT))
            connection.close()

        slow = threading.Thread(target=run)
        slow.start()
        assert server.got_a_mail.wait(10)
        # The first one waits for the server's answer, and holds no lock meanwhile.
        second = deliver_message(message_id=message_id, at=AT + MINUTE)
        server.over.set()
        slow.join()

    assert second == Delivered(happened=Happened.NOT_YET_TIME, next_try_at=AT + TRY_TAKES_AT_MOST)
    assert waiting_jobs()[1] == (str(message_id), AT + TRY_TAKES_AT_MOST)
    assert [each.happened for each in outcomes] == [Happened.WILL_TRY_AGAIN]
    assert len(server.received) == 1


@pytest.mark.processes
def test_killed_before_the_record_it_goes_out_again_under_the_same_message_id(
    own_database: OwnDatabase, use_server: UseServer
) -> None:
    message_id = queue_one()
    program = (
        "import django; django.setup()\n"
        "from datetime import datetime; from uuid import UUID\n"
        "from tallystick.usecases.deliver import deliver_message\n"
        f"deliver_message(message_id=UUID('{message_id}'), at=datetime.fromisoformat('{AT.isoformat()}'))\n"
    )
    with smtp_server(Script(falls_silent_at=".")) as server:
        use_server(server)
        process = subprocess.Popen([sys.executable, "-c", program], env=own_database.environment)
        assert server.got_a_mail.wait(30)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        taken = server.received[0]

    assert queries.message(message_id).state == "queued"
    assert queries.message(message_id).deliveries == ()
    with smtp_server() as server:
        use_server(server)
        early = deliver_message(message_id=message_id, at=AT + MINUTE)
        late = deliver_message(message_id=message_id, at=AT + TRY_TAKES_AT_MOST)
    assert early == Delivered(happened=Happened.NOT_YET_TIME, next_try_at=AT + TRY_TAKES_AT_MOST)
    assert late.happened is Happened.SENT
    assert server.received[0].mail["Message-ID"] == taken.mail["Message-ID"]


@pytest.mark.django_db
def test_a_mail_that_takes_every_worker_down_is_given_up(set_up: SetUp) -> None:
    message_id, at = queue_one(), AT
    for _ in range(len(WAITS) + 1):
        with transaction.atomic():
            operations.claim(message_id=message_id, at=at)
        at += TRY_TAKES_AT_MOST
    assert deliver_message(message_id=message_id, at=at).happened is Happened.NOTHING_TO_DO
    assert queries.message(message_id).state == "failed"


@pytest.mark.django_db
def test_a_notice_marks_the_message_as_bounced_once(use_server: UseServer) -> None:
    message_id = queue_one()
    with smtp_server() as server:
        use_server(server)
        deliver_message(message_id=message_id, at=AT)
    original = server.received[0].raw.decode()

    assert not record_returned_mail(notice=notice(action="delayed", original=original), at=AT + MINUTE)
    assert queries.message(message_id).state == "sent"
    assert record_returned_mail(notice=notice(original=original), at=AT + 2 * MINUTE)
    assert not record_returned_mail(notice=notice(original=original), at=AT + 3 * MINUTE)
    stored = queries.message(message_id)
    assert stored.state == "bounced"
    assert said(stored) == [
        (True, "smtp", "250 queued as 1"),
        (False, "bounce", "5.1.1 smtp; 550 5.1.1 <mary@ivory.example>: user unknown"),
    ]


@pytest.mark.django_db
def test_a_notice_may_overtake_the_record_of_the_delivery() -> None:
    message_id = queue_one()
    with transaction.atomic():
        operations.claim(message_id=message_id, at=AT)
        operations.record_bounce(message_id=message_id, at=AT, answer="5.1.1")
        operations.record_delivery(
            message_id=message_id,
            sending=1,
            at=AT,
            transport="smtp",
            result=operations.Result.ACCEPTED,
            answer="250 ok",
        )
    assert queries.message(message_id).state == "bounced"
    assert len(queries.message(message_id).deliveries) == 2


@pytest.mark.django_db
def test_notices_about_what_is_not_here_are_refused() -> None:
    with pytest.raises(NotFound):
        record_returned_mail(notice=notice(), at=AT)
    with pytest.raises(NoticeNotUnderstood):
        record_returned_mail(notice=b"Subject: Hello\r\n\r\nHello", at=AT)
    with pytest.raises(NotFound):
        deliver_message(message_id=UUID(int=9), at=AT)


@pytest.mark.django_db
def test_a_message_is_sent_once_more_under_a_message_id_of_its_own(use_server: UseServer) -> None:
    message_id = queue_one()
    with pytest.raises(MessageTransitionRefused):
        resend_message(actor=SUPPORT, at=AT, message_id=message_id)
    with smtp_server() as server:
        use_server(server)
        deliver_message(message_id=message_id, at=AT)
        resend_message(actor=SUPPORT, at=AT + MINUTE, message_id=message_id)
        assert queries.message(message_id).state == "queued"
        assert deliver_message(message_id=message_id, at=AT + MINUTE).happened is Happened.SENT

    assert [each.mail["Message-ID"] for each in server.received] == [
        f"<{message_id.hex}.{sending}@northwind.example>" for sending in (1, 2)
    ]
    assert len(waiting_jobs()) == 2
    assert queries.message(message_id).sent_at == AT + MINUTE
    assert [(entry["actor_label"], entry["action"]) for entry in trail_of(message_id)] == [("Sue", "resend_message")]


@pytest.mark.django_db
def test_only_who_may_sends_once_more(set_up: SetUp) -> None:
    set_up(TRANSPORT="outbox")
    message_id = queue_one()
    deliver_message(message_id=message_id, at=AT)
    with pytest.raises(NotAllowed):
        resend_message(actor=replace(SUPPORT, permissions=frozenset()), at=AT, message_id=message_id)
    with pytest.raises(NotFound):
        resend_message(actor=replace(SUPPORT, scope=("customer", UUID(int=5))), at=AT, message_id=message_id)
    with pytest.raises(NotFound):
        resend_message(actor=SUPPORT, at=AT, message_id=UUID(int=5))
    assert queries.message(message_id).state == "sent"
    assert len(waiting_jobs()) == 1
    assert trail_of(message_id) == []


@pytest.mark.processes
def test_a_worker_delivers_what_is_queued(own_database: OwnDatabase, use_server: UseServer) -> None:
    message_id = queue_one(at=clock.now())
    with smtp_server() as server:
        use_server(server)
        import_module("tallystick.interfaces.jobs.correspondence")
        jobs.work(concurrency=1, until_empty=True)

    assert queries.message(message_id).state == "sent"
    assert [each.recipient for each in server.received] == ["mary@ivory.example"]
    assert waiting_jobs() == []


@pytest.mark.django_db
def test_no_mail_leaves_inside_a_transaction(use_server: UseServer) -> None:
    message_id = queue_one()
    with pytest.raises(InsideTransactionError), transaction.atomic():
        deliver_message(message_id=message_id, at=AT)
    assert queries.message(message_id).tries == 0


def test_the_job_is_registered() -> None:
    from procrastinate.contrib.django import app

    import_module("tallystick.interfaces.jobs.correspondence")
    assert operations.DELIVER_JOB in app.tasks
