"""The document and the server agree: schemathesis asks as nobody, as a narrowed key, and as one that may do all."""

from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS

from tallystick.wsgi import application
from tests.api.caller import PREFIX, document
from tests.api.conftest import Business
from tests.api.recipes import routes
from tests.api.things import Things, things_of
from tests.conftest import OwnDatabase

# What these would have of us is said in tests of our own: a missing thing is 404 whatever else is sent, and the key
# that we add is a valid one.
LEFT_OUT = {
    "ignored_auth",
    "missing_required_header",
    "negative_data_rejection",
    "positive_data_acceptance",
    "unsupported_method",
}
EXAMPLES = 3


def test_the_document_is_complete() -> None:
    for route in routes():
        operation = document()["paths"][route.template][route.method]
        assert len(operation["description"]) > 20, route
        assert operation["summary"], route
        assert operation["tags"][0] in {tag["name"] for tag in document()["tags"]}, route
        assert operation["security"] == [{"ApiKeyAuth": []}]
        assert {"401", "403", "404", "422", "500", "503"} <= operation["responses"].keys()
        assert all(each.get("description") or each["schema"].get("description") for each in operation["parameters"]), (
            route
        )
        if route.method == "post":
            (key,) = [each for each in operation["parameters"] if each["in"] == "header"]
            assert (key["name"], key["required"]) == ("Idempotency-Key", True)


def test_every_word_of_a_closed_list_is_explained() -> None:
    def look(schema: Any) -> None:
        if isinstance(schema, dict):
            words = schema.get("enum")
            if words and all(isinstance(word, str) for word in words) and len(words) > 1 and "items" not in schema:
                told = schema.get("description", "")
                assert all(f"`{word}`: " in told for word in words), schema
            for each in schema.values():
                look(each)
        elif isinstance(schema, list):
            for each in schema:
                look(each)

    look(document()["paths"])
    look(document()["components"]["schemas"])


def test_the_docs_page_is_served_by_ourselves(client: Any, db: None) -> None:
    page = client.get(f"{PREFIX}/docs")
    assert page.status_code == 200
    told = page.content.decode()
    assert "http://" not in told
    assert "https://" not in told
    assert "script-src 'self'" in page["Content-Security-Policy"]


@cache
def operations() -> list[Any]:
    """This function will return the calls as schemathesis reads them, with what it has found out about their input."""
    return [result.ok() for result in schemathesis.openapi.from_dict(document()).get_all_operations()]


@pytest.mark.parametrize("who", ["nobody", "narrowed", "everybody"])
def test_answers_conform_to_the_document(own_database: OwnDatabase, who: str) -> None:
    business = Business()
    things = things_of(business, business.cus_x)
    key = {
        "nobody": None,
        "narrowed": business.key(customer=business.x),
        "everybody": business.key(),
    }[who]
    seen: dict[int, int] = {}
    checks = [check for check in CHECKS.get_all() if check.__name__ not in LEFT_OUT]

    for operation in operations():

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            _aim(case, things)
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            response = case.call(app=application, headers=headers)
            seen[response.status_code] = seen.get(response.status_code, 0) + 1
            assert response.status_code < 500, response.text
            if key is None:
                assert response.status_code == 401
            case.validate_response(response, checks=checks)

        ask()
    assert sum(seen.values()) >= len(list(routes()))
    if key is not None:
        assert {200, 422} <= seen.keys()


def _aim(case: Any, things: Things) -> None:
    """Ids that nobody has would only ever be missing: half of the calls are about things that exist."""
    for name in case.path_parameters or {}:
        slot = name.removesuffix("_id")
        if hasattr(things, slot) and len(str(case.path_parameters[name])) % 2:
            case.path_parameters[name] = getattr(things, slot)
