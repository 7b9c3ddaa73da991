"""What the command palette and the pickers answer while somebody types."""

from collections.abc import Sequence
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise

from tallystick.interfaces.kit.forms import Found


class Entry(NamedTuple):
    """One thing to open or do: `detail` stands at the end of the line, such as an amount or a number."""

    label: str | Promise
    href: str
    icon: str = "arrow-right"
    detail: str = ""


class Group(NamedTuple):
    """Entries of one kind, under its name."""

    label: str | Promise
    entries: Sequence[Entry]


def palette_results(request: HttpRequest, groups: Sequence[Group]) -> HttpResponse:
    """This function will answer the palette with what was found, or with a page of it when scripts are off."""
    filled = [group for group in groups if group.entries]
    template = "kit/components/palette_results.html" if request.headers.get("HX-Request") else "kit/found.html"
    return render(request, template, {"groups": filled, "query": request.GET.get("q", "")})


def picker_options(request: HttpRequest, found: Sequence[Found]) -> HttpResponse:
    """This function will answer a picker with what fits the text in `q`."""
    # The prefix makes ids unique where a page has several pickers; it comes back inside an attribute only.
    prefix = "".join(mark for mark in request.GET.get("prefix", "") if mark.isalnum() or mark == "-")
    return render(request, "kit/forms/picker_options.html", {"choices": found, "prefix": prefix})
