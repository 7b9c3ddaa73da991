"""What goes over the wire: two parts, encoded headers, one recipient, and no header that somebody typed."""

import dataclasses
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.correspondence.mime import Envelope, message_id_header, parse_message_id, wire_message
from tallystick.foundation.wording import one_line

AT = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
ENVELOPE = Envelope(
    message_id=UUID("0193a5f2-7c7e-7b14-a8b5-c9d01e2f3a4b"),
    sending=1,
    recipient_name="Mary O'Neill",
    recipient_email="mary@ivory.example",
    subject="Payment received: €60.85",
    text="Thank you.\n\n.a line with a dot\n" + "x" * 2000 + "\n",
    html="<!doctype html><p>Thank you, 株式会社.</p>",
)


def raw(envelope: Envelope = ENVELOPE, sender_name: str = "Northwind Hosting") -> bytes:
    return wire_message(envelope, sender_name=sender_name, sender_address="billing@northwind.example", at=AT).as_bytes()


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def test_a_mail_has_a_text_and_an_html_part_and_the_headers_of_an_automatic_mail() -> None:
    mail = read(raw())

    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == ENVELOPE.text
    assert html.get_content().rstrip("\n") == ENVELOPE.html
    assert sorted(mail.keys()) == [
        "Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To",
    ]  # fmt: skip
    assert mail["Subject"] == "Payment received: €60.85"
    assert mail["From"] == "Northwind Hosting <billing@northwind.example>"
    assert mail["To"] == "Mary O'Neill <mary@ivory.example>"
    assert mail["Date"].datetime == AT
    assert mail["Message-ID"] == "<0193a5f27c7e7b14a8b5c9d01e2f3a4b.1@northwind.example>"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_bytes_are_ascii_in_short_lines() -> None:
    assert all(byte < 128 for byte in raw())
    assert max(len(line) for line in raw().splitlines()) <= 998


@given(name=st.text(max_size=120), subject=st.text(max_size=200))
def test_no_name_and_no_subject_can_add_a_header_or_a_recipient(name: str, subject: str) -> None:
    attacked = dataclasses.replace(ENVELOPE, recipient_name=name, subject=subject)
    mail = read(raw(attacked, sender_name=name))

    assert sorted(mail.keys()) == sorted(read(raw()).keys())
    assert [address.addr_spec for address in mail["To"].addresses] == ["mary@ivory.example"]
    assert [address.addr_spec for address in mail["From"].addresses] == ["billing@northwind.example"]


@pytest.mark.parametrize(
    "name",
    [
        "Müller, Hans <evil@example.com>",
        'Ann "The Boss" O\'Neill, Ltd; (Group)',
        "株式会社ノースウィンド、東京, 大阪 " * 5,
        "شركة الشمال للتجارة",
        "x\r\nBcc: victim@example.com",
        "x\nBcc: victim@example.com\n\n<script>",
        "=?utf-8?q?Hans=0D=0ABcc:_victim@example.com?=",
    ],
)
def test_names_arrive_as_they_were_typed_on_one_line(name: str) -> None:
    mail = read(raw(dataclasses.replace(ENVELOPE, recipient_name=name, subject=name)))

    assert "Bcc" not in mail
    assert mail.get_all("To") == [mail["To"]]
    typed = one_line(name).replace("=?", "= ?")
    # A long name in another script begins on a line of its own; readers drop the space before it.
    assert mail["To"].addresses[0].display_name.strip() == typed
    assert mail["Subject"] == typed
    assert not {"\r", "\n"} & set(mail["Subject"])


def test_international_domains_are_written_in_ascii() -> None:
    mail = read(raw(dataclasses.replace(ENVELOPE, recipient_email="mary@bücher.example")))
    assert mail["To"].addresses[0].addr_spec == "mary@xn--bcher-kva.example"


def test_a_message_id_names_our_message_and_no_other() -> None:
    header = message_id_header(ENVELOPE, "billing@northwind.example")
    assert parse_message_id(header) == ENVELOPE.message_id
    assert parse_message_id(header.strip("<>")) == ENVELOPE.message_id
    assert parse_message_id("<1234@mail.example>") is None
    assert parse_message_id("") is None
    second = message_id_header(dataclasses.replace(ENVELOPE, sending=2), "billing@northwind.example")
    assert second != header
    assert parse_message_id(second) == ENVELOPE.message_id
