"""A small real mail server (RFC 5321) on loopback, which can refuse, ask for patience, hang up, or fall silent."""

import socketserver
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Script:
    """What the server does: an answer other than the usual one by verb ("." is the end of the mail), and where to stop.

    `hangs_up_at` closes the connection at a verb, `falls_silent_at` never answers it.
    """

    answers: dict[str, str] = field(default_factory=dict)
    hangs_up_at: str = ""
    falls_silent_at: str = ""
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True)
class Received:
    """A mail that the server took or saw in full."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        """The mail as a mail program reads it."""
        return message_from_bytes(self.raw, policy=policy.default)


class SmtpServer(socketserver.ThreadingTCPServer):
    """Keeps what it receives; every connection is a conversation of its own."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        self.script = script
        self.received: list[Received] = []
        self.credentials: list[tuple[str, str]] = []
        self.verbs: list[str] = []
        self.got_a_mail = threading.Event()
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), _Conversation)

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    server: SmtpServer

    def handle(self) -> None:
        self.sender = self.recipient = ""
        if not self._say("CONNECT", "220 mail.test ready"):
            return
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            if not self._answer(verb.upper(), rest):
                return

    def _answer(self, verb: str, rest: str) -> bool:
        script = self.server.script
        match verb:
            case "EHLO":
                offers_tls = script.tls is not None and not isinstance(self.request, ssl.SSLSocket)
                return self._say(verb, f"250-mail.test\r\n250 {'STARTTLS' if offers_tls else 'AUTH PLAIN'}")
            case "STARTTLS" if script.tls is not None:
                self._say(verb, "220 go ahead")
                self.request = script.tls.wrap_socket(self.request, server_side=True)
                self.setup()
                return True
            case "AUTH":
                _, user, password = b64decode(rest.partition(" ")[2]).decode().split("\0")
                self.server.credentials.append((user, password))
                return self._say(verb, "235 welcome")
            case "MAIL":
                self.sender = rest.partition("<")[2].partition(">")[0]
            case "RCPT":
                self.recipient = rest.partition("<")[2].partition(">")[0]
            case "DATA":
                return self._say(verb, "354 go ahead") and self._take()
            case "QUIT":
                self._say(verb, "221 bye")
                return False
        return self._say(verb, "250 ok")

    def _take(self) -> bool:
        if "DATA" in self.server.script.answers:
            return True
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.received.append(Received(self.sender, self.recipient, b"".join(lines)))
        self.server.got_a_mail.set()
        return self._say(".", "250 queued as 1")

    def _say(self, verb: str, usual: str) -> bool:
        script = self.server.script
        self.server.verbs.append(verb)
        if verb and verb == script.hangs_up_at:
            return False
        if verb and verb == script.falls_silent_at:
            self.server.over.wait(30)
            return False
        self.wfile.write(f"{script.answers.get(verb, usual)}\r\n".encode())
        self.wfile.flush()
        return True


@contextmanager
def smtp_server(script: Script | None = None) -> Iterator[SmtpServer]:
    """This function will run a mail server for a while."""
    with SmtpServer(script or Script()) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
