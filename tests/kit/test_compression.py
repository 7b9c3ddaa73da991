"""Pages are sent compressed to browsers that take them so; files and answers to programs are not."""

import gzip
import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

TAKEN = {"Accept-Encoding": "gzip, br"}
_TOKEN = re.compile(rb'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+')


def test_a_page_is_the_same_and_a_third_as_long(client: Client) -> None:
    plain, sent = client.get("/accounts/login/"), client.get("/accounts/login/", headers=TAKEN)
    assert "Content-Encoding" not in plain.headers
    assert sent.headers["Content-Encoding"] == "gzip"
    assert int(sent.headers["Content-Length"]) == len(sent.content) < len(plain.content) / 3
    assert _TOKEN.sub(b"", gzip.decompress(sent.content)) == _TOKEN.sub(b"", plain.content)
    for page in (plain, sent):
        assert "Accept-Encoding" in page.headers["Vary"]


def test_its_length_tells_nothing_and_its_token_is_another_each_time(client: Client) -> None:
    sent = [client.get("/accounts/login/", headers=TAKEN).content for _ in range(20)]
    tokens = {found.group() for each in sent for found in _TOKEN.finditer(gzip.decompress(each))}
    assert len({len(each) for each in sent}) > 5
    assert len(tokens) >= 20


def test_answers_to_programs_are_not_compressed(client: Client) -> None:
    answer = client.get("/api/v1/openapi.json", headers=TAKEN)
    assert (answer.status_code, "Content-Encoding" in answer.headers) == (200, False)
    refused = client.get("/api/v1/payments", headers=TAKEN)
    assert (refused.status_code, "Content-Encoding" in refused.headers) == (401, False)
