"""Statements of account: read, drawn as PDF, sent to the billing contacts. No text that people typed is in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from tallystick.correspondence import contents, operations
from tallystick.correspondence import queries as correspondence
from tallystick.correspondence.mime import Attached
from tallystick.customers import queries as customers
from tallystick.customers.mails import Mail, recipients
from tallystick.foundation import audit, business
from tallystick.foundation.clock import local_date, start_of
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.files import File
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import snapshot
from tallystick.foundation.wording import spoken_language
from tallystick.invoices.documents.drawing import render_statement
from tallystick.invoices.documents.facts import AgeFacts, CurrencyFacts, MovementFacts, StatementFacts
from tallystick.reports import statements
from tallystick.reports.movement_words import movement_words
from tallystick.reports.statements import AGES, Asked, Balance, Movement
from tallystick.usecases import places
from tallystick.usecases.document_facts import Row, paper_of
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.letters import money, queue_letter
from tallystick.usecases.roles import Permission
from tallystick.wire.statements import SentStatementShape, sent_statement_shape

STATEMENT: Final = "statement"
_PDF: Final = "application/pdf"
# Some thirty pages, and a second of drawing.
MOST_LISTED: Final = 1_000


@dataclass(kw_only=True, eq=False)
class NobodyGetsMail(Conflict):
    """A customer without contacts has no address to which mail could go."""

    code: ClassVar[str] = "nobody_gets_mail"
    sentence: ClassVar[str] = "This customer has no contact, so there is nobody to write to. Add one first."

    customer_id: UUID


def asked_for(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    from_date: date | None,
    until_date: date | None,
    known_on: date | None = None,
    permission: Permission = Permission.VIEW,
) -> Asked:
    """This function will say what a statement covers: both days included, up to today when no last day is named.

    `known_on` leaves out what was recorded after that day. `permission` is what it takes for what becomes of it.

    Raises:
        NotAllowed: when the actor lacks it.
        NotFound: when there is no such customer, or not for this actor.
        InvalidField: when the days are in the future, or not in order.
    """
    actor.require(permission)
    require_own(actor, customer_id, kind="customer")
    customers.customer_row(customer_id)
    today = local_date(at)
    last = until_date or today
    for name, day in (("until_date", last), ("known_on", known_on)):
        if day is not None and day > today:
            raise InvalidField(name=name, reason=_("A statement goes up to today at most."))
    if from_date is not None and from_date > last:
        raise InvalidField(name="from_date", reason=_("The first day comes after the last one."))
    return Asked(
        customer_id=customer_id,
        from_date=from_date,
        until_date=last,
        known_before=None if known_on is None else start_of(known_on + timedelta(days=1)),
    )


def statement_document(*, actor: Actor, asked: Asked) -> File:
    """This function will return a statement as PDF, in the language of the contact who asks for it, else the
    customer's. Of each currency it lists the last thousand movements.

    Raises:
        NotFound: when there is no such customer, or not for this actor.
        DocumentNotDrawn: when it cannot be drawn.
    """
    actor.require(Permission.DOWNLOAD)
    require_own(actor, asked.customer_id, kind="customer")
    buyer = customers.frozen_party(customers.customer_row(asked.customer_id))
    if actor.kind == "contact":
        own = customers.contact(UUID(actor.id), of_customer=asked.customer_id).language
        buyer["language"] = business.locale_read(own, buyer["language"])
    return _drawn(asked, business.frozen_party(), buyer)


def sent_statement(*, actor: Actor, statement_id: UUID) -> File:
    """This function will return a statement that went by mail, as it went.

    Raises:
        NotFound: when there is none, or not for this actor.
        DocumentNotDrawn: when it cannot be drawn.
    """
    actor.require(Permission.DOWNLOAD)
    row = correspondence.sent_statement(statement_id)
    require_own(actor, row["customer_id"], kind="statement")
    asked = Asked(
        customer_id=row["customer_id"],
        from_date=row["from_date"],
        until_date=row["until_date"],
        known_before=row["known_before"],
    )
    return _drawn(asked, row["seller"], row["buyer"])


@use_case(Permission.RESEND_MAIL)
def send_statement(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    from_date: date | None = None,
    until_date: date | None = None,
    idempotency_key: str | None = None,
) -> SentStatementShape:
    """This function will mail a statement as PDF to those of its customer who get statements, else to those who get
    invoices (`customers.mails`).

    What is recorded from now on is not in it, however often it is sent again.

    Raises:
        NotFound: when there is no such customer, or not for this actor.
        InvalidField: when the days are in the future, or not in order.
        NobodyGetsMail: when it has no contact.
    """
    del idempotency_key
    asked = asked_for(
        actor=actor,
        at=at,
        customer_id=customer_id,
        from_date=from_date,
        until_date=until_date,
        permission=Permission.RESEND_MAIL,
    )
    everybody = customers.contacts(customer_id)
    # Staff send one on purpose: where nobody wants statements, it goes where invoices go.
    people = recipients(Mail.STATEMENTS, everybody) or recipients(Mail.INVOICES, everybody)
    if not people:
        raise NobodyGetsMail(customer_id=customer_id)
    row = customers.customer(customer_id)
    statement_id = operations.keep_statement(
        customer_id=customer_id,
        from_date=from_date,
        until_date=asked.until_date,
        # With what was recorded at this very moment.
        known_before=at + timedelta(microseconds=1),
        seller=business.frozen_party(),
        buyer=customers.frozen_party(customers.customer_row(customer_id)),
    )
    queue_letter(
        lambda locale: _letter(asked, row, locale),
        row,
        people,
        about=("customer", customer_id),
        unique_key=f"{STATEMENT}:{statement_id}",
        at=at,
        attached=[Attached(document_kind=STATEMENT, document_id=statement_id, name=_file_name(row["number"], asked))],
    )
    shape = sent_statement_shape(asked, [contact.email for contact in people])
    audit.record(actor=actor, at=at, action="send_statement", kind="customer", object_id=customer_id, after=dict(shape))
    return shape


def _letter(asked: Asked, row: Row, locale: str) -> contents.Statement:
    return contents.Statement(
        business=correspondence.letterhead(),
        locale=locale,
        customer_name=row["name"],
        from_date=asked.from_date,
        until_date=asked.until_date,
        standings=tuple(_standing(each) for each in statements.balances(asked)),
        portal_url=places.portal(),
    )


def _standing(own: Balance) -> contents.Standing:
    closing = own.closing
    late = sum(age.minor for name, age in own.ageing.items() if AGES[name][0])
    has_any, beyond = own.has_wallet, -closing.wallet_minor
    return contents.Standing(
        owes=money(closing.owes_minor, own.currency),
        late=money(late, own.currency),
        credit=money(closing.credit_minor, own.currency),
        wallet=money(closing.wallet_minor, own.currency) if has_any and beyond <= 0 else None,
        beyond_prepaid=money(beyond, own.currency) if has_any and beyond > 0 else None,
    )


def _drawn(asked: Asked, seller: Row, buyer: Row) -> File:
    with snapshot():
        found = [(own, _listed(asked, own)) for own in statements.balances(asked)]
        named = statements.names(moved for _own, listed in found for moved in listed)
    with translation.override(spoken_language(buyer["language"])):
        currencies = tuple(
            _currency(asked, own, [_line(moved, movement_words(moved, named)) for moved in listed])
            for own, listed in found
        )
    facts = StatementFacts(
        **paper_of(seller, buyer),
        from_date=asked.from_date,
        until_date=asked.until_date,
        known_date=None if asked.known_before is None else local_date(asked.known_before - timedelta(microseconds=1)),
        currencies=currencies,
    )
    return File(name=_file_name(buyer["number"], asked), media_type=_PDF, content=render_statement(facts))


def _listed(asked: Asked, own: Balance) -> list[Movement]:
    return statements.last_movements(asked, currency=own.currency, limit=MOST_LISTED)


def _currency(asked: Asked, own: Balance, lines: Iterable[MovementFacts]) -> CurrencyFacts:
    listed = tuple(lines)
    opening = None
    if asked.from_date is not None:
        opening = MovementFacts(day=asked.from_date, words=_("Balance brought forward"), minor=0, **vars(own.opening))
    return CurrencyFacts(
        currency=own.currency,
        opening=opening,
        left_out=own.movements - len(listed),
        movements=listed,
        **vars(own.closing),
        has_wallet=own.has_wallet,
        ages=tuple(
            AgeFacts(from_days=first, to_days=last, minor=own.ageing[name].minor)
            for name, (first, last) in AGES.items()
        ),
    )


def _line(moved: Movement, words: str) -> MovementFacts:
    # One amount moves, from one to another of the three or from outside; the entry may touch two of them.
    minor = max((abs(each) for each in vars(moved.change).values()), default=0)
    return MovementFacts(day=moved.effective_date, words=words, minor=minor, **vars(moved.after))


def _file_name(number: str, asked: Asked) -> str:
    return f"statement-{number}-{asked.until_date.isoformat()}.pdf"
