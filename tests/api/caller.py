"""A program that calls the API, and holds every answer against the OpenAPI document."""

import copy
import re
import uuid
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jsonschema_rs
import orjson
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client

PREFIX = "/api/v1"
FILES = {"application/pdf", "application/xml", "text/csv"}
# The members that every problem has; the facts of the error are beside them.
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code"}


@cache
def document() -> dict[str, Any]:
    """This function will return the OpenAPI document as it is served."""
    answer = Client().get(f"{PREFIX}/openapi.json")
    assert answer.status_code == 200
    told: dict[str, Any] = orjson.loads(answer.content)
    return told


@cache
def _strict_components() -> dict[str, Any]:
    """The document's components, but nothing may be told that is not described."""
    components: dict[str, Any] = copy.deepcopy(document()["components"])
    for name, schema in components["schemas"].items():
        if schema.get("type") == "object" and name != "Problem":
            schema["additionalProperties"] = False
    return components


@cache
def _validator(method: str, template: str, status: str) -> jsonschema_rs.Validator:
    answer = document()["paths"][template][method]["responses"][status]
    if "$ref" in answer:
        answer = document()["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    (content,) = answer["content"].values()
    return jsonschema_rs.validator_for({**content["schema"], "components": _strict_components()})


@cache
def _addresses() -> dict[str, re.Pattern[str]]:
    """How the addresses of each path of the document look."""
    return {path: re.compile(re.sub(r"\{\w+\}", "[^/]+", path)) for path in document()["paths"]}


@cache
def template_of(path: str) -> str:
    """This function will return the path of the document that an address belongs to."""
    for template, address in _addresses().items():
        if address.fullmatch(path):
            return template
    raise AssertionError(path)


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    raw: bytes
    response: Any = field(repr=False)

    @property
    def replayed(self) -> bool:
        """Whether this is the first answer once more."""
        return bool(self.response.get("Idempotency-Replayed") == "true")


class Caller:
    """A program with a key."""

    def __init__(self, key: str | None) -> None:
        self.headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self.http = Client(raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Answer:
        """This function will read."""
        return self._checked("get", path, self.http.get(PREFIX + path, query, headers=self.headers))

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """This function will write, under a fresh idempotency key unless one is given."""
        return self.send("post", path, {} if body is None else body, key=key or uuid.uuid4().hex)

    def patch(self, path: str, body: Any, *, key: str | None = None) -> Answer:
        """This function will change."""
        return self.send("patch", path, body, key=key)

    def upload(self, path: str, name: str, content: bytes, *, key: str | None = None) -> Answer:
        """This function will send a file as a form does, under a fresh idempotency key unless one is given."""
        form = {"file": SimpleUploadedFile(name, content)}
        headers = {**self.headers, "Idempotency-Key": key or uuid.uuid4().hex}
        return self._checked("post", path, self.http.post(PREFIX + path, form, headers=headers))

    def send(self, method: str, path: str, body: Any, *, key: str | None = None, **headers: str) -> Answer:
        """This function will send JSON, or bytes as they are."""
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        with_key = {} if key is None else {"Idempotency-Key": key}
        response = getattr(self.http, method)(
            PREFIX + path,
            data,
            content_type=headers.pop("content_type", "application/json"),
            headers={**self.headers, **with_key, **headers},
        )
        return self._checked(method, path, response)

    def _checked(self, method: str, path: str, response: Any) -> Answer:
        media_type = response["Content-Type"].partition(";")[0]
        if media_type in FILES:
            answer = document()["paths"][template_of(PREFIX + path)][method]["responses"][str(response.status_code)]
            assert media_type in answer["content"]
            content = b"".join(response) if isinstance(response, StreamingHttpResponse) else response.content
            return Answer(response.status_code, None, content, response)
        body = orjson.loads(response.content)
        if response.status_code >= 400:
            check_problem(response, body)
        _validator(method, template_of(PREFIX + path.partition("?")[0]), str(response.status_code)).validate(body)
        return Answer(response.status_code, body, response.content, response)


def check_problem(response: HttpResponse, body: dict[str, Any]) -> None:
    """This function will hold a refusal against RFC 9457 and our own manners."""
    assert response["Content-Type"] == "application/problem+json"
    assert body.keys() >= PROBLEM_MEMBERS
    assert body["status"] == response.status_code
    assert body["type"] == f"urn:tallystick:problem:{body['code']}"
    assert body["detail"].strip()
    # Inner ids never leave: a public id has a prefix.
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", response.content.decode())
