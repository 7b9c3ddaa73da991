"""In which language a page speaks: the office and programs are answered in English, customers in their own."""

from collections.abc import Callable, Iterator
from typing import Final, cast

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from tallystick.foundation import business, settings_store
from tallystick.foundation.wording import known_locale, spoken_language

COOKIE: Final = "language"
_YEAR: Final = 365 * 24 * 3600
# What staff and programs read has no German.
_ENGLISH: Final = ("/api/", "/kit/", "/office/", "/webhooks/")


class LanguageMiddleware:
    """Speaks the language that this browser chose or asks for, until a door knows who reads (`speak`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(_ENGLISH):
            with translation.override(settings.LANGUAGE_CODE):
                return self.get_response(request)
        with translation.override(chosen_language(request) or _asked_for(request)):
            response = self.get_response(request)
            language = translation.get_language() or settings.LANGUAGE_CODE
        response.headers.setdefault("Content-Language", language)
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = _in_language(language, cast("Iterator[bytes]", response.streaming_content))
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def speak(locale: str) -> None:
    """This function will go on in the language of a locale such as "de-AT" and in its formats, until the answer; in the
    installation's language where the program does not speak it.
    """
    language, full = spoken_language(locale), str(known_locale(locale)).replace("_", "-").lower()
    translation.activate(full if full.split("-")[0] == language else language)


def chosen_language(request: HttpRequest) -> str:
    """This function will return the language that was chosen in this browser, or the empty text."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in dict(settings.LANGUAGES) else ""


def keep_language(request: HttpRequest, response: HttpResponseBase, language: str) -> None:
    """This function will have this browser's pages speak a language from now on, also before anybody signs in."""
    if language in dict(settings.LANGUAGES):
        response.set_cookie(COOKIE, language, max_age=_YEAR, samesite="Lax", secure=request.is_secure())


def _in_language(language: str, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """What is written while it is sent, each block in the language of the page that it belongs to."""
    end = object()
    while True:
        with translation.override(language):
            block = next(blocks, end)
        if block is end:
            return
        yield cast("bytes", block)


def _asked_for(request: HttpRequest) -> str:
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings_store.get(business.LANGUAGE)
