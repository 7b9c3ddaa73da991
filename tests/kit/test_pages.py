"""The living page, the theme, brand colours, and the header that every answer carries."""

import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from tallystick.interfaces.kit.brand import NotAColour, brand_stylesheet, contrast, parse_colour
from tallystick.interfaces.kit.security import ContentSecurityPolicyMiddleware, allow

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.kit.urls")]

PAGES = ["", *(f"samples/{name}/" for name in ("payments", "payment", "record", "portal", "pay", "signin"))]


@pytest.fixture
def demo(settings: Settings) -> None:
    settings.DEMO = True


def answer(change: HttpResponse) -> str:
    return ContentSecurityPolicyMiddleware(lambda _request: change)(RequestFactory().get("/")).headers[
        "Content-Security-Policy"
    ]


def test_the_policy_lets_nothing_inline_and_nothing_foreign() -> None:
    assert answer(HttpResponse()) == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def test_a_view_may_add_sources_for_its_own_answer() -> None:
    response = HttpResponse()
    allow(response, "form-action", "https://pay.example.test")
    allow(response, "frame-src", "https://pay.example.test")
    allow(response, "form-action", "https://bank.example.test")
    header = answer(response)
    assert "form-action 'self' https://pay.example.test https://bank.example.test;" in header
    assert header.endswith("frame-src https://pay.example.test") or "frame-src https://pay.example.test;" in header
    assert "https:" not in answer(HttpResponse())


@pytest.mark.parametrize("source", ["", "https://a; script-src *", "a b", "a,b", "a\nb"])
def test_a_source_cannot_end_its_directive(source: str) -> None:
    with pytest.raises(ValueError, match="no source"):
        allow(HttpResponse(), "form-action", source)


def test_a_header_of_the_views_own_is_kept() -> None:
    assert answer(HttpResponse(headers={"Content-Security-Policy": "default-src 'self'"})) == "default-src 'self'"


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_inline_script_or_style(client: Client, path: str) -> None:
    response = client.get(f"/kit/{path}")
    assert response.status_code == 200
    body = response.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", body)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", body)
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_living_page_is_for_staff(client: Client) -> None:
    from tallystick.foundation.models import User

    assert client.get("/kit/").status_code == 302
    client.force_login(User.objects.create_user("customer@example.test"))
    assert client.get("/kit/").status_code == 403
    client.force_login(User.objects.create_user("staff@example.test", is_staff=True))
    assert client.get("/kit/").status_code == 200


@pytest.mark.usefixtures("demo")
def test_the_theme_is_drawn_by_the_server(client: Client) -> None:
    assert 'data-theme="system"' in client.get("/kit/").content.decode()
    response = client.post("/kit/theme/", {"theme": "dark", "next": "/kit/"})
    assert response.headers["Location"] == "/kit/"
    assert 'data-theme="dark"' in client.get("/kit/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="system"' in client.get("/kit/").content.decode()


def test_the_theme_switch_leads_nowhere_else(client: Client) -> None:
    response = client.post("/kit/theme/", {"theme": "mauve", "next": "https://evil.example.test/"})
    assert response.headers["Location"] == "/"
    assert "theme" not in response.cookies


@pytest.mark.usefixtures("demo")
def test_direction_can_be_tried(client: Client) -> None:
    assert 'dir="rtl"' in client.get("/kit/?dir=rtl").content.decode()
    assert 'dir="ltr"' in client.get("/kit/?dir=sideways").content.decode()


@pytest.mark.usefixtures("demo")
def test_errors_have_pages_of_their_own(client: Client) -> None:
    refused = client.get("/kit/samples/payments/?status=nonsense")
    assert refused.status_code == 400
    assert "not possible" in refused.content.decode()
    missing = client.get("/kit/samples/nothing/")
    assert missing.status_code == 404
    assert "nothing at this address" in missing.content.decode()
    assert Client(enforce_csrf_checks=True).post("/kit/theme/").status_code == 403


def test_the_page_of_an_error_on_our_side_needs_nothing() -> None:
    from django.views.defaults import server_error

    response = server_error(HttpRequest())
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()


def test_a_brand_stylesheet_is_public_and_lasts(client: Client) -> None:
    response = client.get("/kit/brand/0f766e.css")
    assert response.headers["Content-Type"] == "text/css"
    assert "immutable" in response.headers["Cache-Control"]
    assert "--accent:#0f766e" in response.content.decode()


@pytest.mark.parametrize("text", ["", "red", "12345", "1234567", "gggggg", "0f766e;}", "var(--x)"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(NotAColour):
        brand_stylesheet(text)


@given(st.integers(0, 0xFFFFFF))
def test_every_brand_colour_can_be_read(number: int) -> None:
    sheet = brand_stylesheet(f"#{number:06x}")
    found = dict(re.findall(r"--([a-z-]+):([^;]+);", sheet))
    assert contrast(parse_colour(found["accent"]), parse_colour(found["on-accent"])) >= 4.5
    light, dark = re.findall(r"#[0-9a-f]{6}", found["accent-ink"])
    light_soft, dark_soft = re.findall(r"#[0-9a-f]{6}", found["accent-soft"])
    assert contrast(parse_colour(light), parse_colour(light_soft)) >= 4.5
    assert contrast(parse_colour(dark), parse_colour(dark_soft)) >= 4.5
    assert contrast(parse_colour(light), (255, 255, 255)) >= 4.5


def test_black_and_white_contrast_most() -> None:
    assert round(contrast((0, 0, 0), (255, 255, 255)), 1) == 21.0
