"""What the mails say, and that nothing that people typed can be more than text in them."""

import dataclasses
import re
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest

from tallystick.correspondence import contents
from tallystick.correspondence.contents import AutopayChange, Business, Decline, Kind, Letter, Need
from tallystick.correspondence.rendering import Content, render
from tallystick.money.amounts import Money
from tests.correspondence import samples

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><b>bold</b> {{settings.SECRET_KEY}} {% include 'x' %} "
    "{0.__class__} %(name)s\r\nBcc: victim@example.com\r\n\r\n<h1>second</h1>\x00\x1b[31m\u202egnp.exe"
)


def written(letter: Letter) -> Content:
    return render(letter.kind, letter)


def hostile(value: Any) -> Any:
    """This function will return the same content with every text in it replaced by a hostile one."""
    match value:
        case Decline() | Need() | AutopayChange() | Money() | date() | int() | None:
            return value
        case str():
            return HOSTILE
        case tuple():
            return tuple(hostile(each) for each in value)
        case Business():
            return dataclasses.replace(value, name=HOSTILE, email=HOSTILE)
    kept = {"business", "locale"} | {each.name for each in dataclasses.fields(value) if each.name.endswith("_url")}
    changed = {
        each.name: hostile(getattr(value, each.name)) for each in dataclasses.fields(value) if each.name not in kept
    }
    if isinstance(value, Letter):
        changed["business"] = hostile(value.business)
    return dataclasses.replace(value, **changed)


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def elements(html: str) -> Elements:
    parser = Elements()
    parser.feed(html)
    return parser


@pytest.mark.parametrize(
    ("letter", "subject"),
    [
        (samples.receipt(), "Payment received: €1,260.85 to Northwind Hosting (receipt R-2026-00042)"),
        (samples.coming_invoice(), "Your next invoice from Northwind Hosting: €1,234.56 on Nov 28, 2026"),
        (samples.coming_invoice(count=2), "Your next invoices from Northwind Hosting: €1,234.56 on Nov 28, 2026"),
        (samples.invoice_issued(), "Invoice INV-2026-00130 from Northwind Hosting: €1,234.56 due Dec 5, 2026"),
        (
            samples.invoice_issued(left_open="0"),
            "Invoice INV-2026-00130 from Northwind Hosting: €1,234.56, already paid",
        ),
        (samples.payment_failed(), "Your payment of €60.85 to Northwind Hosting did not go through"),
        (
            samples.promise_noted(),
            "Your promise to pay €600.00 to Northwind Hosting by Dec 4, 2026: invoice INV-2026-00117",
        ),
        (samples.due_date_agreed(), "Invoice INV-2026-00117 from Northwind Hosting is due on Dec 15, 2026 now"),
        (samples.action_needed(), "Northwind Hosting needs you for the payment of €1,234.56"),
        (samples.autopay_agreed(), "Automatic payment to Northwind Hosting: what was agreed"),
        (samples.autopay_changed(), "Automatic payment has ended: Northwind Hosting"),
        (samples.method_added(), "A payment method was added: Northwind Hosting"),
        (samples.method_removed(), "A payment method was removed: Northwind Hosting"),
        (samples.transfer_instructions(), "How to transfer €1,234.56 to Northwind Hosting"),
        (samples.refund_sent(), "Northwind Hosting has refunded you €60.85"),
        (samples.sign_in_link(), "Your sign-in link for Northwind Hosting"),
        (samples.welcome(), "Your access to the customer portal of Northwind Hosting"),
    ],
    ids=lambda value: value.kind.value if isinstance(value, Letter) else "",
)
def test_subjects(letter: Letter, subject: str) -> None:
    assert written(letter).subject == subject


def test_a_mail_about_a_stored_card_says_which_when_and_what_to_do_if_it_was_none_of_them() -> None:
    added, removed = written(samples.method_added()), written(samples.method_removed())
    assert "Visa •••• 4242 is stored for payments to Northwind Hosting from now on." in added.text
    assert "When: Nov 21, 2026, 2:05\N{NO-BREAK SPACE}PM\N{NO-BREAK SPACE}CET" in added.text
    assert "Was it none of you? Remove it there, and write to us." in added.text
    assert "Visa •••• 4242 is removed. Northwind Hosting charges it no more." in removed.text
    assert "Was it none of you? Write to us." in removed.text


def test_a_statement_says_what_stands_side_by_side() -> None:
    content = written(samples.statement())
    page = " ".join(" ".join(elements(content.html).text).split())
    for label, amount in (
        ("You owe", "€106.80"),
        ("Of that overdue", "€60.85"),
        ("Credit", "€25.00"),
        ("Used beyond prepaid", "€3.10"),
    ):
        assert f"{label}: {amount}" in content.text
        assert f"{label} {amount}" in page
    assert "Wallet:" not in content.text


def test_the_text_of_a_receipt_in_full() -> None:
    assert written(samples.receipt(left_open="800.00")).text == (
        "Thank you. Northwind Hosting has received your payment of €1,260.85.\n"
        "\n"
        "Receipt number: R-2026-00042\n"
        "Customer: Ivory & Sons Shipping Ltd\n"
        "Date received: Nov 21, 2026\n"
        "Paid by: Visa •••• 4242\n"
        "\n"
        "What it paid:\n"
        "- Invoice INV-2026-00117: €200.00\n"
        "- Invoice INV-2026-00121: €1,000.00 (€800.00 still open)\n"
        "\n"
        "€60.85 was not needed for an invoice. It is kept as your credit.\n"
        "\n"
        "Left to pay: €800.00\n"
        "\n"
        "See your payments and invoices:\n"
        "https://pay.northwind.example/portal/\n"
        "\n"
        "Northwind Hosting\n"
        "Questions? Write to billing@northwind.example.\n"
    )


def test_every_kind_has_a_sample_and_a_content() -> None:
    assert [letter.kind for letter in samples.every_kind()] == list(Kind)


@pytest.mark.parametrize("letter", samples.every_kind(), ids=lambda letter: letter.kind.value)
def test_both_parts_say_every_fact(letter: Letter) -> None:
    content = written(letter)
    page = " ".join(" ".join(elements(content.html).text).split())
    plain = " ".join(content.text.split())
    for each in dataclasses.fields(letter):
        value = getattr(letter, each.name)
        match value:
            case str() if each.name not in ("locale", "decline", "need", "change"):
                facts = [value]
            case tuple() if value and isinstance(value[0], str):
                facts = list(value)
            case tuple() if value and isinstance(value[0], contents.BankLine):
                facts = [text for line in value for text in (line.label, line.value)]
            case tuple() if value and isinstance(value[0], contents.ComingLine):
                facts = [text for line in value for text in (line.what, line.member_name)]
            case tuple() if value and isinstance(value[0], contents.PaidInvoice):
                facts = [paid.number for paid in value]
            case date():
                facts = [f"{value:%b} {value.day}, {value.year}"]
            case Money() if value.minor:
                facts = [f"€{value.minor // 100:,}.{value.minor % 100:02}"]
            case _:
                facts = []
        for fact in facts:
            assert fact in plain, each.name
            assert fact in page, each.name


@pytest.mark.parametrize("letter", samples.every_kind(), ids=lambda letter: letter.kind.value)
def test_hostile_text_stays_text(letter: Letter) -> None:
    usual, attacked = written(letter), written(hostile(letter))

    shape, attacked_shape = elements(usual.html), elements(attacked.html)
    assert attacked_shape.tags == shape.tags
    assert not {"script", "img", "b"} & {tag for tag, _ in attacked_shape.tags}
    assert all(re.match(r"https://pay\.northwind\.example/|mailto:", link) for link in attacked_shape.links)
    # Not a line more, and no header: what was typed stays on its line, whole and unread.
    assert attacked.text.count("\n") == usual.text.count("\n")
    for part in (attacked.text, "".join(attacked_shape.text)):
        assert "{{settings.SECRET_KEY}} {% include 'x' %} {0.__class__} %(name)s Bcc: victim@example.com" in part
        assert not re.search(r"[\x00\x1b\r\u202e]", part)
    assert "only-for-tests" not in attacked.text + attacked.html + attacked.subject
    assert not re.search(r"[\x00-\x1f\u202e]", attacked.subject)
    assert len(attacked.subject) <= 200


def test_amounts_have_the_places_of_their_currency_in_the_format_of_the_customer() -> None:
    def total(currency: str, amount: str, locale: str) -> str:
        letter = dataclasses.replace(samples.refund_sent(), amount=Money.of(amount, currency), locale=locale)
        subject = written(letter).subject
        return subject.removeprefix("Northwind Hosting has refunded you ").removeprefix("Northwind Hosting hat Ihnen ")

    assert total("JPY", "1234567", "en") == "¥1,234,567"
    assert total("KWD", "1.234", "en") == "KWD 1.234"
    # Two places by ISO 4217, though few people in Hungary or Iraq write them all.
    assert total("HUF", "10.50", "en") == "HUF 10.50"
    assert total("IQD", "10.500", "en") == "IQD 10.500"
    assert total("EUR", "1234.50", "de") == "1.234,50 € erstattet"
    assert total("EUR", "1234.50", "fr-FR") == "1 234,50 €"
    assert total("INR", "1234567.00", "en-IN") == "₹12,34,567.00"
    assert total("EUR", "1234.50", "xx-nonsense") == "€1,234.50"
    assert total("EUR", "1234.50", "") == "€1,234.50"


@pytest.mark.parametrize("decline", list(Decline))
def test_a_decline_is_said_in_plain_words_with_one_next_step(decline: Decline) -> None:
    content = written(samples.payment_failed(decline=decline))
    assert "Why: " in content.text
    assert content.text.count("What to do: ") == 1
    assert "_" not in content.text.replace(samples.payment_failed().payment_url, "")
    assert [link for link in elements(content.html).links if link.endswith("/")] == [
        samples.payment_failed().payment_url
    ] * 2


@pytest.mark.parametrize(
    ("was_automatic", "next_try_date", "said"),
    [
        (True, date(2026, 11, 24), "Otherwise we try again by ourselves on Nov 24, 2026."),
        (True, None, "We do not try again by ourselves."),
        (False, None, ""),
    ],
)
def test_a_decline_says_when_it_is_tried_again_or_that_it_is_not(
    was_automatic: bool, next_try_date: date | None, said: str
) -> None:
    content = written(samples.payment_failed(was_automatic=was_automatic, next_try_date=next_try_date))
    for part in (content.text, " ".join(elements(content.html).text)):
        assert part.count("by ourselves") == bool(said)
        assert said in part


def test_the_receipt_of_an_automatic_charge_says_so() -> None:
    for was_automatic in (True, False):
        content = written(samples.receipt(was_automatic=was_automatic))
        assert ("We charged it automatically, as agreed." in content.text) is was_automatic
        assert ("We charged this automatically, as agreed." in content.html) is was_automatic


@pytest.mark.parametrize(
    ("need", "cap", "reason", "button"),
    [
        (Need.AUTHENTICATION_REQUIRED, "", "Your bank wants you to confirm this payment.", "Confirm the payment"),
        (Need.ABOVE_CAP, "100.00", "The amount up to which you let us charge automatically does not", "Pay now"),
        (Need.NO_METHOD, "", "We have no card of yours that can be charged.", "Pay now"),
    ],
)
def test_what_a_payment_needs_is_said_with_one_next_step(need: Need, cap: str, reason: str, button: str) -> None:
    content = written(samples.action_needed(need=need, cap=cap))
    for part in (content.text, " ".join(elements(content.html).text)):
        assert reason in part
        assert button in part
        assert ("€100.00" in part) is bool(cap)
        assert "Nothing was taken so far." in part
    assert [link for link in elements(content.html).links if link.endswith("/")] == [
        samples.action_needed().payment_url
    ] * 2


@pytest.mark.parametrize(
    ("charge_day", "cap", "when", "most"),
    [
        (None, "", "on the due date", "any amount"),
        (5, "250.00", "on day 5 of the month, at the latest on the due date", "€250.00"),
    ],
)
def test_what_was_agreed_is_said_in_full(charge_day: int | None, cap: str, when: str, most: str) -> None:
    letter = samples.autopay_agreed(charge_day=charge_day, cap=cap)
    content = written(letter)
    for part in (content.text, " ".join(elements(content.html).text)):
        for fact in (when, most, letter.method, letter.agreed_by, letter.terms, "Nov 21, 2026"):
            assert fact in part


def test_what_became_of_automatic_payment_is_said_with_what_it_means() -> None:
    ended = written(samples.autopay_changed())
    none_left = written(samples.autopay_changed(change=AutopayChange.NO_METHOD_LEFT))
    other = written(samples.autopay_changed(change=AutopayChange.OTHER_METHOD, method="Visa •••• 4242"))
    assert "Please pay your invoices by their due dates." in ended.text
    assert "Your last stored payment method was removed" in none_left.text
    assert "From now on we charge your default payment method." in other.text
    assert "Charged to: Visa •••• 4242" in other.text
    assert "Charged to" not in ended.text


@pytest.mark.parametrize(
    ("letter", "said", "unsaid"),
    [
        (
            samples.coming_invoice(),
            ["We charge €1,234.56 to Visa •••• 4242 on Nov 30, 2026. There is nothing to do.", "change or end"],
            ["Please pay", "credit", "more line"],
        ),
        (
            samples.coming_invoice(charged="234.56", by_hand="1000"),
            ["We charge €234.56 to Visa •••• 4242 on Nov 30, 2026.", "Please pay €1,000.00 by Dec 1, 2026."],
            ["nothing to do"],
        ),
        (
            samples.coming_invoice(charged="0", by_hand="1234.56", need=Need.NO_METHOD, more_lines=41),
            [
                "We have no card of yours that can be charged. Please pay €1,234.56 by Dec 1, 2026.",
                "or by bank transfer with its number as the reference.",
                "set up automatic payment",
                "and 41 more lines",
            ],
            ["We charge", "nothing to do"],
        ),
        (
            samples.coming_invoice(charged="0", by_hand="1200", credit="34.56", takes_transfers=False, more_lines=1),
            ["Paid from your credit", "€34.56", "Please pay €1,200.00", "pay it online.", "and one more line"],
            ["bank transfer"],
        ),
        (
            samples.coming_invoice(charged="0", credit="1234.56"),
            ["Your credit covers it. There is nothing to do."],
            ["Please pay", "We charge"],
        ),
    ],
    ids=["charged", "in part", "by hand", "credit", "all credit"],
)
def test_a_notice_says_how_the_coming_invoice_is_paid(letter: Letter, said: list[str], unsaid: list[str]) -> None:
    content = written(letter)
    for part in (content.text, " ".join(" ".join(elements(content.html).text).split())):
        for words in said:
            assert words in part
        for words in unsaid:
            assert words not in part
        assert "It is no invoice." in part


def test_unknown_decline_codes_have_words_too() -> None:
    assert Decline.of("expired_card") is Decline.EXPIRED_CARD
    assert Decline.of("stolen_card_pickup") is Decline.OTHER


def test_bank_details_are_left_out_where_transfers_are_not_taken_or_nothing_is_left_to_pay() -> None:
    assert "IBAN" in written(samples.invoice_issued()).text
    assert "bank transfer" not in written(samples.invoice_issued(bank=())).html
    assert "IBAN" not in written(samples.invoice_issued(left_open="0")).html


def test_no_content_has_room_for_a_private_text() -> None:
    names = {
        each.name
        for kind in vars(contents).values()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind)
        for each in dataclasses.fields(kind)
    }
    assert not {name for name in names if re.search("private|description|remark|note", name)}


def test_links_must_be_web_addresses() -> None:
    for address in ("javascript:alert(1)", "//evil.example", "", 'https://a.example/"onclick="x'):
        with pytest.raises(ValueError, match="not a web address"):
            dataclasses.replace(samples.welcome(), portal_url=address)


def test_the_colour_must_be_one_and_the_button_stays_readable_on_it() -> None:
    with pytest.raises(ValueError, match="not a colour"):
        Business(name="x", colour="red;background:url(//evil.example)", email="")
    for colour, ink in (("#ffd400", "#111111"), ("#0b3d2e", "#ffffff"), ("#777777", "#111111")):
        letter = dataclasses.replace(samples.welcome(), business=Business(name="x", colour=colour, email=""))
        assert f"color:{ink};text-decoration:none" in written(letter).html


def test_the_content_must_be_of_the_kind() -> None:
    with pytest.raises(ValueError, match="not the content of a receipt mail"):
        render(Kind.RECEIPT, samples.welcome())
