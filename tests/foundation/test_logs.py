"""Log lines tell what happened, to machines and people, and never a secret."""

import json
import logging
import subprocess
import sys
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from tallystick.foundation.logs import MASK, RequestLogMiddleware, mask_secrets
from tests.conftest import process_environment

SPEAK = """
import logging
import structlog
from tallystick.foundation.logs import configure_logs

configure_logs(process="test")
structlog.get_logger("ours").info("paid", amount_minor=4200, api_key="tsk_live_abcdef123456")
logging.getLogger("theirs").warning("calling with Bearer %s", "abcdef123456")
try:
    raise ValueError("refused by postgresql://user:hunter22@host/db")
except ValueError:
    structlog.get_logger("ours").exception("failed")
"""


def said(kind: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SPEAK],
        env={**process_environment(), "TALLYSTICK_LOG": kind},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.splitlines()


def test_machines_get_one_json_object_a_line_without_secrets() -> None:
    ours, theirs, failed = (json.loads(each) for each in said("json"))
    assert (ours["event"], ours["amount_minor"], ours["api_key"]) == ("paid", 4200, MASK)
    assert (ours["process"], ours["logger"], ours["level"]) == ("test", "ours", "info")
    assert theirs["event"] == f"calling with Bearer {MASK}"
    assert f"postgresql://user:{MASK}@host/db" in failed["exception"]


def test_people_get_text_without_secrets() -> None:
    text = "\n".join(said("text"))
    assert "paid" in text
    assert "amount_minor" in text
    for secret in ("abcdef123456", "hunter22"):
        assert secret not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "hunter2"),
        ("Authorization", "Basic dXNlcjpwYXNz"),
        ("client_secret", "x"),
        ("iban", "DE89370400440532013000"),
        ("card_number", "1"),
        ("sessionid", "abc"),
    ],
)
def test_the_name_of_a_field_masks_its_value(name: str, value: str) -> None:
    assert mask_secrets(None, "", {name: value}) == {name: MASK}
    assert mask_secrets(None, "", {"deep": [{name: value}]}) == {"deep": [{name: MASK}]}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("key sk_live_51HxyzABC used", f"key sk_live_{MASK} used"),
        ("whsec_abcdefgh", f"whsec_{MASK}"),
        ("?token=abcdef123&page=2", f"?token={MASK}&page=2"),
        ('{"password": "hunter22"}', f'{{"password": "{MASK}"}}'),
        ("card 4242 4242 4242 4242 declined", f"card {MASK} declined"),
        ("card 4242424242424242", f"card {MASK}"),
        (f"Not Found: /pay/{'aB-_' * 10}abc/pdf/", f"Not Found: /pay/{MASK}/pdf/"),
        ("/portal/pay/pay_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8/", "/portal/pay/pay_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8/"),
        ("amount 1234567890123456 minor", "amount 1234567890123456 minor"),
        ("inv_01234567890abcdef", "inv_01234567890abcdef"),
        ("2026-11-21T21:42:22.741383Z", "2026-11-21T21:42:22.741383Z"),
    ],
)
def test_a_secret_inside_a_text_is_masked_and_the_rest_stays(text: str, masked: str) -> None:
    assert mask_secrets(None, "", {"event": text}) == {"event": masked}


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse("fine")


@pytest.mark.parametrize(
    ("offered", "kept"),
    [("proxy-4711-abc", True), ("short", False), ("evil\r\nSet-Cookie: x=1", False), ("x" * 65, False)],
)
def test_a_request_has_an_id_and_keeps_a_decent_one(offered: str, kept: bool, caplog: Any) -> None:
    caplog.set_level(logging.INFO)
    request = RequestFactory().get("/pay?token=secret", headers={"X-Request-ID": offered})
    request_id = RequestLogMiddleware(answer)(request).headers["X-Request-ID"]
    assert (request_id == offered) is kept
    assert 8 <= len(request_id) <= 64
    assert "secret" not in caplog.text
