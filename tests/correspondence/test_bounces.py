"""Notices of mail that came back (RFC 3464): which of our messages, for good or not yet, and why."""

from uuid import UUID

import pytest

from tallystick.correspondence.bounces import NoticeNotUnderstood, read_notice

MESSAGE = UUID("0193a5f2-7c7e-7b14-a8b5-c9d01e2f3a4b")
HEADERS = f"Message-ID: <{MESSAGE.hex}.1@northwind.example>\r\nSubject: Receipt\r\nTo: mary@ivory.example\r\n"


def notice(
    *,
    action: str = "failed",
    original_type: str = "message/rfc822",
    original: str = f"{HEADERS}\r\nThank you.\r\n",
    diagnostic: str = "smtp; 550 5.1.1 <mary@ivory.example>: user unknown",
) -> bytes:
    """This function will return a notice as Postfix writes it."""
    return (
        "From: MAILER-DAEMON@mail.ivory.example\r\n"
        "To: billing@northwind.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"\r\n'
        "\r\n"
        "--b1\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you.\r\n"
        "--b1\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mail.ivory.example\r\n"
        "\r\n"
        "Final-Recipient: rfc822; mary@ivory.example\r\n"
        f"Action: {action}\r\n"
        "Status: 5.1.1\r\n"
        f"Diagnostic-Code: {diagnostic}\r\n"
        "\r\n"
        f"--b1\r\nContent-Type: {original_type}\r\n\r\n{original}\r\n"
        "--b1--\r\n"
    ).encode()


def test_a_failed_delivery_names_our_message_and_says_why() -> None:
    read = read_notice(notice())

    assert read.message_id == MESSAGE
    assert read.is_final
    assert read.answer == "5.1.1 smtp; 550 5.1.1 <mary@ivory.example>: user unknown"


def test_the_original_may_come_as_its_headers_only() -> None:
    assert read_notice(notice(original_type="text/rfc822-headers", original=HEADERS)).message_id == MESSAGE


def test_a_delay_is_not_the_end() -> None:
    assert not read_notice(notice(action="delayed")).is_final


def test_folded_lines_are_read_as_one() -> None:
    read = read_notice(notice(diagnostic="smtp; 550\r\n 5.1.1 user\r\n\tunknown"))
    assert read.answer == "5.1.1 smtp; 550 5.1.1 user unknown"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "no delivery status"),
        (b"\xff\xfe\x00 not a mail", "no delivery status"),
        (f"From: a@example.com\r\n{HEADERS}\r\nI am on holiday".encode(), "no delivery status"),
        (notice(original="Message-ID: <1@elsewhere.example>\r\n\r\nHello\r\n"), "no message of ours"),
        (notice(original="Subject: no id\r\n\r\nHello\r\n"), "no message of ours"),
        (notice().replace(b"Action: failed\r\n", b""), "nothing of a recipient"),
        (b"Content-Type: message/delivery-status\r\n\r\n", "no message of ours"),
        (b"x" * (10 * 1024 * 1024 + 1), "too large"),
    ],
)
def test_what_is_no_notice_about_our_mail_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(NoticeNotUnderstood, match=reason):
        read_notice(raw)
