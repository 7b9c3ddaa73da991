"""Components: what they draw, and that people's text stays text."""

import datetime as dt
from typing import Any

import pytest
from django.forms.utils import flatatt
from django.template import engines
from django.test import RequestFactory
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy

from tallystick.interfaces.kit.icons import SHAPES, icon
from tallystick.interfaces.kit.journal import JournalEntry, JournalLine
from tallystick.interfaces.kit.status import LOOKS, look_of
from tallystick.interfaces.kit.writing import write_attributes, write_html

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.kit.urls")]

HOSTILE = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>"
MOMENT = dt.datetime(2026, 11, 20, 13, 42, 7, tzinfo=dt.UTC)


def draw(source: str, **context: Any) -> str:
    return engines["django"].from_string(source).render(context, RequestFactory().get("/kit/"))


@pytest.mark.parametrize(
    "source",
    [
        "{% button x %}",
        "{% button x icon='check' only_icon=True %}",
        "{% button x href=x %}",
        "{% button x data_note=x %}",
        "{% menu x name='m' text=True %}{% menu_item x href=x %}{% endmenu %}",
        "{% copy_button x label=x %}",
        "{% kbd x %}",
        "<a{% opens 'dialog' x %}>a</a>",
        "{% page_header x eyebrow=x lead=x badges=x %}{{ x }}{% endpage_header %}",
        "{% breadcrumb %}{% crumb x x %}{% crumb x %}{% endbreadcrumb %}",
        "{% tabs x %}{% tab x x count=x %}{% endtabs %}",
        "{% nav_group x %}{% nav_item x x count=x %}{% endnav_group %}",
        "{% card id=x %}{% card_header x lead=x %}{{ x }}{% endcard_header %}{{ x }}{% endcard %}",
        "{% disclosure x %}{{ x }}{% enddisclosure %}",
        "{% dialog 'd' x lead=x %}{{ x }}{% enddialog %}",
        "{% dialog_actions %}{% dialog_cancel 'd' x %}{{ x }}{% enddialog_actions %}",
        "{% drawer 'd' x %}{{ x }}{% enddrawer %}",
        "{% facts %}{% fact x %}{{ x }}{% endfact %}{% endfacts %}",
        "{% stats %}{% stat x x href=x hint=x formula=x change=x direction='up' %}{% endstats %}",
        "{% timeline %}{% event x at=x by=x %}{{ x }}{% endevent %}{% endtimeline %}",
        "{% stepper x %}{% step x state='done' href=x %}{% endstepper %}",
        "{% progress 1 2 label=x detail=x %}",
        "{% chart x lead=x %}{{ x }}{% endchart %}",
        "{% alert x %}{{ x }}{% endalert %}",
        "{% state 'empty' x %}{{ x }}{% endstate %}",
        "{% fieldset x hint=x %}{{ x }}{% endfieldset %}",
        "{% badge x %}",
        "{% status x %}",
        "{% status 'paid' label=x %}",
        "{% person x detail=x href=x %}",
        "{% person x %}",
        "{% avatar x %}",
        "{% amount -100 'EUR' word=x %}",
        "{% include 'kit/components/toast.html' with text=x tone=x %}",
    ],
)
def test_hostile_text_is_inert(source: str) -> None:
    shown = draw(source, x=HOSTILE)
    assert "<script" not in shown
    assert "<img" not in shown
    assert 'onerror=alert(1)"' not in shown.replace("&quot;", "")


@pytest.mark.parametrize(
    "value",
    [HOSTILE, mark_safe("<b>ours</b>"), gettext_lazy("Save & go"), format_html("<i>{}</i>", HOSTILE), 7, None, ""],
)
def test_markup_is_written_as_django_writes_it(value: object) -> None:
    template = '<a title="{0}" class="{1}">{0}</a>'
    assert write_html(template, value, "x") == format_html(template, value, "x")
    assert isinstance(write_html(template, value, "x"), SafeString)


def test_attributes_are_bare_or_valued_or_left_out() -> None:
    values = {"hx_get": "/x/", "open": True, "hidden": False, "id": None, "title": "", "data_count": 0, "class_": "b"}
    assert write_attributes({"class": "a", **values}) == ' class="a b" data-count="0" hx-get="/x/" open'
    assert write_attributes({"title": HOSTILE, "class": ""}) == flatatt({"title": HOSTILE})


def test_markup_inside_a_component_stays_markup() -> None:
    assert "<em>yes</em>" in draw("{% card %}{% card_header 'A' %}<em>yes</em>{% endcard_header %}{% endcard %}")
    assert "<em>yes</em>" in draw("{% page_header 'A' %}<em>yes</em>{% endpage_header %}")
    assert "page-actions" not in draw("{% page_header 'A' %}\n{% endpage_header %}")


def test_a_button_submits_links_or_opens() -> None:
    assert 'type="submit"' in draw("{% button 'Save' %}")
    assert draw("{% button 'Go' href='/x/' %}") == (
        '<a class="button button--secondary" href="/x/"><span>Go</span></a>'
    )
    opener = draw("{% button 'Open' opens='refund' %}")
    assert 'command="show-modal"' in opener
    assert 'commandfor="refund"' in opener
    assert 'type="button"' in opener
    assert 'hx-post="/x/"' in draw("{% button 'Go' hx_post='/x/' %}")


def test_an_empty_fact_shows_a_dash() -> None:
    assert "nothing" in draw("{% fact 'Remark' %} {% endfact %}")


def test_an_amount_is_isolated_from_the_direction_around_it() -> None:
    assert draw("{% amount -1240 'EUR' word='Purchase' %}") == (
        '<span class="amount"><bdi>−€12.40</bdi> <span class="amount-word">Purchase</span></span>'
    )
    assert draw("{% amount 1284000 'JPY' shape='code' %}") == (
        '<span class="amount"><bdi>1,284,000</bdi> <span class="amount-code">JPY</span></span>'
    )


def test_an_amount_can_be_a_link_to_what_explains_it() -> None:
    shown = draw("{% amount 1240 'EUR' explain=address %}", address="/why/?a=1&b=2")
    assert shown.startswith('<a class="amount-why" href="/why/?a=1&amp;b=2" title="Explain this number" hx-get="/why/')
    assert '<span class="amount"><bdi>€12.40</bdi></span></a>' in shown
    assert 'href="/why/"' in draw("{% big_amount 1240 'EUR' explain='/why/' %}")
    assert '<a href="/rows/">3 payments</a>' in draw("{% stat 'Owed' 'x' hint='3 payments' hint_href='/rows/' %}")


def test_a_moment_is_the_businesss_and_exact_on_hover() -> None:
    shown = draw("{% moment at %}", at=MOMENT)
    assert 'datetime="2026-11-20T13:42:07Z"' in shown
    assert "1:42:07\xa0PM UTC" in shown
    assert "nothing" in draw("{% moment at %}", at=None)
    assert "nothing" in draw("{% day at %}", at=None)


def test_every_state_has_a_word_an_icon_and_a_tone() -> None:
    for name, look in LOOKS.items():
        shown = draw("{% status name %}", name=name)
        assert str(look.word) in shown
        assert "<svg" in shown
        assert f'data-tone="{look.tone}"' in shown
    assert look_of("brand_new").word == "Brand new"


def test_every_icon_can_be_drawn_and_an_unknown_one_is_an_error() -> None:
    for name in SHAPES:
        assert 'aria-hidden="true"' in icon(name)
    assert 'role="img"' in icon("check", label="Done")
    with pytest.raises(KeyError):
        icon("unicorn")


def test_a_journal_shows_both_sides() -> None:
    entry = JournalEntry(
        number="JE-1",
        rule="J10",
        description=HOSTILE,
        effective_date=dt.date(2026, 11, 20),
        recorded_at=MOMENT,
        lines=[
            JournalLine(account="1210", name=HOSTILE, currency="EUR", debit_minor=6085),
            JournalLine(account="2110", name="Credit", currency="EUR", credit_minor=6085, customer=HOSTILE),
        ],
    )
    shown = draw("{% journal entries %}", entries=[entry])
    assert shown.count("60.85") == 2
    assert "<script" not in shown
    assert "Nothing was posted" in draw("{% journal entries %}", entries=[])


def test_a_form_can_be_told_apart_from_its_twin() -> None:
    assert draw("{% submit_once %}") != draw("{% submit_once %}")


def test_a_class_of_the_pages_own_adds_to_the_components() -> None:
    assert 'class="button button--secondary wide"' in draw("{% button 'Save' class_='wide' %}")
    assert 'class="card wide"' in draw("{% card class_='wide' %}x{% endcard %}")
