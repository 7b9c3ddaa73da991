"""Passwords and mails travel under TLS to a server that proves its name, or not at all."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tallystick.correspondence import mail_settings
from tallystick.foundation.settings_store import SettingNotAccepted
from tallystick.usecases.deliver import Happened, deliver_message
from tests.correspondence.conftest import AT, queue_one
from tests.correspondence.smtp_server import Script, smtp_server

SetUp = Callable[..., None]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(tz=UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def with_password(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, str], None]:
    def use(port: int, security: str) -> None:
        monkeypatch.setenv("TALLYSTICK_SMTP_PASSWORD", "correct horse")
        set_up(
            TRANSPORT="smtp",
            HOST="127.0.0.1",
            PORT=port,
            USER="tallystick",
            SECURITY=security,
            SENDER_ADDRESS="billing@northwind.example",
        )

    return use


@pytest.mark.django_db
def test_the_password_is_sent_under_tls(
    with_password: Callable[[int, str], None], tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    message_id = queue_one()
    with smtp_server(Script(tls=tls)) as server:
        with_password(server.port, "starttls")
        assert deliver_message(message_id=message_id, at=AT).happened is Happened.SENT
    assert server.credentials == [("tallystick", "correct horse")]
    assert server.verbs.index("STARTTLS") < server.verbs.index("AUTH")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("security", "offered", "answer"),
    [
        ("starttls", "starttls", "CERTIFICATE_VERIFY_FAILED"),
        ("starttls", "nothing", "STARTTLS"),
        ("tls", "nothing", "SSL"),
        ("none", "nothing", "A password is not sent without TLS"),
    ],
)
def test_without_proof_or_without_tls_nothing_is_said(
    with_password: Callable[[int, str], None], tls: ssl.SSLContext, security: str, offered: str, answer: str
) -> None:
    message_id = queue_one()
    with smtp_server(Script(tls=tls if offered == "starttls" else None)) as server:
        with_password(server.port, security)
        delivered = deliver_message(message_id=message_id, at=AT)
    assert delivered.happened is Happened.WILL_TRY_AGAIN
    assert answer in delivered.answer
    assert server.credentials == []
    assert server.received == []


@pytest.mark.django_db
def test_a_wrong_password_bounces_no_mail(
    with_password: Callable[[int, str], None], tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    message_id = queue_one()
    with smtp_server(Script(tls=tls, answers={"AUTH": "535 5.7.8 wrong password"})) as server:
        with_password(server.port, "starttls")
        delivered = deliver_message(message_id=message_id, at=AT)
    assert delivered.happened is Happened.WILL_TRY_AGAIN
    assert delivered.answer == "535 5.7.8 wrong password"


@pytest.mark.django_db
def test_settings_that_cannot_be_are_refused(set_up: SetUp) -> None:
    for name, value in [
        ("TRANSPORT", "pigeon"),
        ("HOST", "mail.example\r\nQUIT"),
        ("PORT", 0),
        ("PORT", "587"),
        ("SECURITY", "maybe"),
        ("SENDER_ADDRESS", "Northwind <billing@northwind.example>"),
        ("SENDER_ADDRESS", "billing@northwind.example\nBcc: x@y.example"),
    ]:
        with pytest.raises(SettingNotAccepted):
            set_up(**{name: value})


@pytest.mark.django_db
def test_the_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_SMTP_PASSWORD", "correct horse")
    assert mail_settings.mail_server().password == "correct horse"
    assert "correct horse" not in repr(mail_settings.mail_server())
