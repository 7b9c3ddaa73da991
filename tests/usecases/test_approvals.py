"""A second person above the limit: nothing moves until somebody else approves, once, with both names (model 32)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError
from procrastinate.contrib.django.models import ProcrastinateJob

from tallystick.correspondence import queries as correspondence
from tallystick.correspondence.models import Message
from tallystick.foundation import settings_store, staff
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.models import AuditEntry, IdempotencyRecord, Setting
from tallystick.foundation.permissions import Actor, staff_actor
from tallystick.foundation.settings_store import SettingNotAccepted
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.ledger.queries import NoExchangeRate
from tallystick.payments import approval_queries, lists
from tallystick.payments import queries as payments
from tallystick.payments.approval_models import ApprovalRequest
from tallystick.payments.approvals import ApprovalDecided, ApprovalWaits, OwnApproval, PaymentChangedSince
from tallystick.payments.exchange import Came
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases import approve, configure, keys, limits, notify_approval, record, refund
from tallystick.usecases.limits import NeedsSecondPerson
from tallystick.usecases.record import Part
from tallystick.wire.ids import approval_id_of, payment_id_of
from tests.backoffice.business import PASSWORD, SYSTEM, Business, member, moment, uid
from tests.trails import trail_of

pytestmark = pytest.mark.django_db

LIMIT = {"minor": 100_00, "currency": "EUR"}
ABOVE = 100_01


@pytest.fixture
def business(db: None) -> Business:
    """A business with two people in finance, where both limits are 100.00 EUR."""
    made = Business()
    set_limits(second_person_completing_above=LIMIT, second_person_refunding_above=LIMIT)
    return made


def set_limits(**changes: Any) -> None:
    configure.change_settings(actor=SYSTEM, at=moment(), changes=changes)


def ada() -> Actor:
    return staff_actor(member("Finance"))


def bob() -> Actor:
    return staff_actor(member("Administrator"))


def ask_record(actor: Actor, total: int | None = ABOVE, **more: Any) -> Any:
    asked = {"actor": actor, "at": moment(), "total_minor": total, "currency": "EUR", "method": "cash", **more}
    return approve.record_payment(**asked)


def ask_refund(actor: Actor, payment: UUID, amount: int = ABOVE, **more: Any) -> Any:
    asked = {"actor": actor, "at": moment(), "payment_id": payment, "amount_minor": amount, "method": "cash", **more}
    return approve.refund_payment(**{"reason": "Left early", **asked})


def ask_mark(actor: Actor, payment: UUID, **more: Any) -> Any:
    day = moment().date()
    asked = {"actor": actor, "at": moment(), "payment_id": payment, "received_date": day, "method": "cash", **more}
    return approve.mark_paid(**asked)


def decide(actor: Actor, shape: Any, **more: Any) -> Any:
    return approve.approve(actor=actor, at=moment(), approval_id=approval_id_of(shape["id"]), **more)


def decline(actor: Actor, shape: Any, reason: str = "Not ours", **more: Any) -> Any:
    asked = {"actor": actor, "at": moment(), "approval_id": approval_id_of(shape["id"]), "reason": reason, **more}
    return approve.decline(**asked)


def state() -> Any:
    """This function will return all that an act would move."""
    found = lists.payments_page(PaymentFilter(), limit=200).rows
    return (
        found,
        ApprovalRequest.objects.order_by("id").values_list("state", "decided_by", "result_id")[:],
        AuditEntry.objects.count(),
        IdempotencyRecord.objects.count(),
    )


def refused(act: Callable[[], Any], *kinds: type[Exception]) -> None:
    def plain() -> str:
        return repr(state())

    before = plain()
    with pytest.raises(kinds):
        act()
    assert plain() == before


def expected(business: Business, net: int = 9000) -> tuple[UUID, UUID]:
    """This function will return an invoice and its expected payment."""
    invoice = business.invoice(business.customer(), net)
    row = payments.live_scheduled(invoice)
    assert row is not None
    return invoice, row["id"]


def test_up_to_the_limit_one_person_is_enough(business: Business) -> None:
    told = ask_record(ada(), 100_00, customer_id=business.customer())
    assert (told["status"], ApprovalRequest.objects.count()) == ("completed", 0)
    assert ask_refund(ada(), payment_id_of(told["id"]), 100_00)["status"] == "completed"


def test_what_is_to_be_recorded_waits_and_is_recorded_with_both_names(business: Business) -> None:
    customer = business.customer()
    invoice = business.invoice(customer, 9000)
    yesterday = moment().date() - timedelta(days=1)
    parts = [Part(invoice_id=invoice, amount_minor=108_00)]
    told = ask_record(
        ada(), 120_00, parts=parts, received_date=yesterday, description="Deposit #he was angry", reference="T 1"
    )
    assert (told["act"], told["state"], told["payment"], told["result"]) == ("record", "waiting", None, None)
    assert (told["amount_minor"], told["asked_by"]) == (120_00, "Finance Okonkwo")
    assert told["customer"] == f"cus_{customer.hex}"
    assert invoices.invoice(invoice)["open_minor"] == 108_00
    assert [row["status"] for row in lists.payments_page(PaymentFilter()).rows] == ["pending"]

    done = decide(bob(), told)
    assert (done["state"], done["decided_by"]) == ("approved", "Administrator Okonkwo")
    row = payments.payment(payment_id_of(done["result"]))
    assert (row["total_minor"], row["received_date"], row["reference"]) == (120_00, yesterday, "T 1")
    assert (row["description"], row["private_text"]) == ("Deposit", "he was angry")
    assert invoices.invoice(invoice)["open_minor"] == 0
    [entry] = [each for each in trail_of(row["id"]) if each["action"] == "record_payment"]
    assert (entry["actor_label"], entry["after"]["asked_by"]) == ("Administrator Okonkwo", "Finance Okonkwo")
    trail = trail_of(approval_id_of(told["id"]))
    assert [each["action"] for each in trail] == ["ask_approval", "approve"]
    assert "he was angry" not in str(told) + str(done)


def test_those_who_may_approve_are_told_by_one_mail_each(business: Business) -> None:
    asking = ada()
    for role in ("Administrator", "Support", "Read-only", "Engineer"):
        member(role)
    with transaction():
        gone = staff.add_member(email="gone@example.com", name="Gone", password=PASSWORD, roles=["Administrator"])
        staff.set_active(gone, is_active=False)
    told = ask_record(asking, customer_id=business.customer("Acme & Sons <Ltd>"), description="Deposit #angry")
    [job] = ProcrastinateJob.objects.filter(task_name="mail.approval_waits")
    assert job.args == {"approval_id": str(approval_id_of(told["id"]))}
    about = approval_id_of(told["id"])
    assert notify_approval.write(approval_id=about, at=moment()) == 1
    assert notify_approval.write(approval_id=about, at=moment()) == 0, "the job may run twice"
    [mail] = correspondence.messages_about(about)
    assert mail["recipient_email"] == "administrator@example.com", "not whoever asked, and nobody who may not"
    assert mail["subject"] == "Finance Okonkwo asks for a second person: Record payment, €100.01"
    [message] = Message.objects.filter(id=mail["id"])
    assert "Acme & Sons <Ltd>" in message.text_body
    assert "angry" not in message.text_body
    assert f"/office/approvals/{told['id']}/" in message.text_body
    assert told["id"] in message.html_body
    decline(bob(), told)
    other = ask_record(asking, ABOVE + 1)
    decline(bob(), other)
    assert notify_approval.write(approval_id=approval_id_of(other["id"]), at=moment()) == 0, "it was decided meanwhile"


def test_money_that_waits_keeps_the_day_on_which_it_came(business: Business) -> None:
    told = approve.record_payment(
        actor=ada(), at=moment(3), total_minor=ABOVE, currency="EUR", method="cash", customer_id=business.customer()
    )
    assert approve.waits(told)
    done = decide(bob(), told)
    assert payments.payment(payment_id_of(done["result"]))["received_date"] == moment(3).date()


def test_an_expected_payment_stays_pending_until_it_is_approved(business: Business) -> None:
    invoice, payment = expected(business)
    told = ask_mark(ada(), payment, reference="T 2")
    assert (told["act"], told["payment"], told["amount_minor"]) == ("mark_paid", f"pay_{payment.hex}", 108_00)
    assert payments.payment(payment)["status"] == "pending"
    assert approval_queries.waiting_for(payment) is not None
    refused(lambda: ask_mark(bob(), payment), ApprovalWaits)
    done = decide(bob(), told)
    assert (done["result"], payments.payment(payment)["status"]) == (f"pay_{payment.hex}", "completed")
    assert invoices.invoice(invoice)["open_minor"] == 0
    assert approval_queries.waiting_for(payment) is None


def test_a_refund_reserves_only_when_it_is_approved(business: Business) -> None:
    payment = business.payment(business.customer(), 150_00)
    told = ask_refund(ada(), payment)
    row = payments.payment(payment)
    assert (row["refund_reserved_minor"], row["refunded_minor"], row["unallocated_minor"]) == (0, 0, 150_00)
    done = decide(bob(), told)
    paid_back = payments.payment(payment_id_of(done["result"]))
    assert (paid_back["kind"], paid_back["status"], paid_back["total_minor"]) == ("refund", "completed", ABOVE)
    assert payments.payment(payment)["refunded_minor"] == ABOVE
    [entry] = [each for each in trail_of(payment) if each["action"] == "refund_payment"]
    assert (entry["actor_label"], entry["after"]["asked_by"]) == ("Administrator Okonkwo", "Finance Okonkwo")


def test_only_what_would_be_possible_is_asked_for(business: Business) -> None:
    payment = business.payment(business.customer(), 150_00)
    refused(lambda: ask_refund(ada(), payment, 150_01), refund.NothingToRefundFrom)
    refused(lambda: ask_refund(ada(), payment, reason=" "), Exception)
    tomorrow = moment().date() + timedelta(days=1)
    refused(lambda: ask_record(ada(), received_date=tomorrow), Exception)
    refused(lambda: ask_record(ada(), reference="4242 4242 4242 4242"), InvalidField)


def test_nobody_approves_their_own_request(business: Business) -> None:
    told = ask_record(ada(), customer_id=business.customer())
    refused(lambda: decide(ada(), told), OwnApproval)
    made = keys.create_api_key(
        actor=Actor(kind="staff", id=ada().id, label="Ada", permissions=frozenset({"api_keys.manage", "view"})),
        at=moment(),
        name="Ada's",
        permissions=["view"],
    )
    key = Actor(
        kind="api_key",
        id=str(uid(made["id"])),
        label="Ada's",
        permissions=ada().permissions,
    )
    # A key counts as whoever made it.
    refused(lambda: decide(key, told), OwnApproval)
    asked = ask_record(key, customer_id=business.customer("Other"))
    refused(lambda: decide(ada(), asked), OwnApproval)
    assert decide(bob(), asked)["state"] == "approved"


def test_the_database_holds_that_it_is_another_person(business: Business) -> None:
    told = ask_record(ada(), customer_id=business.customer())
    rows = ApprovalRequest.objects.filter(id=approval_id_of(told["id"]))
    result = business.payment(business.customer("Other"), 1_00)
    own = {"state": "approved", "decided_by": f"staff:{ada().id}", "decided_at": moment(), "result_id": result}
    with pytest.raises(IntegrityError, match="approved_by_another_person"), transaction():
        rows.update(**own)
    with pytest.raises(IntegrityError, match="approval_is_decided_whole"), transaction():
        rows.update(state="declined", decided_by="staff:x", decided_at=moment())
    decide(bob(), told)
    with pytest.raises(IntegrityError, match="append-only"), transaction():
        rows.update(amount_minor=1)
    with pytest.raises(IntegrityError, match="append-only"), transaction():
        rows.delete()


def test_it_is_decided_once(business: Business) -> None:
    told = ask_record(ada(), customer_id=business.customer())
    refused(lambda: decline(bob(), told, " "), InvalidField)
    refused(lambda: decline(bob(), told, "4242 4242 4242 4242"), InvalidField)
    done = decline(bob(), told)
    assert (done["state"], done["reason"], done["result"]) == ("declined", "Not ours", None)
    refused(lambda: decide(bob(), told), ApprovalDecided)
    refused(lambda: decline(bob(), told), ApprovalDecided)
    assert lists.payments_page(PaymentFilter()).rows == []


def test_whoever_asked_takes_it_back_and_asks_anew(business: Business) -> None:
    _invoice, payment = expected(business)
    decline(ada(), ask_mark(ada(), payment), "A typo")
    assert decide(bob(), ask_mark(ada(), payment))["state"] == "approved"


def test_what_changed_since_is_refused_and_can_be_declined(business: Business) -> None:
    payment = business.payment(business.customer(), 150_00)
    told = ask_refund(ada(), payment)
    ask_refund(bob(), payment, 1_00)
    refused(lambda: decide(bob(), told), PaymentChangedSince)
    assert decline(bob(), told)["state"] == "declined"
    invoice, scheduled = expected(business)
    waits = ask_mark(ada(), scheduled)
    set_limits(second_person_completing_above=None)
    ask_record(bob(), 50_00, parts=[Part(invoice_id=invoice, amount_minor=50_00)])
    refused(lambda: decide(bob(), waits), Exception)
    assert approval_queries.approval(approval_id_of(waits["id"]))["state"] == "waiting"


def test_who_may_not_do_it_alone_may_not_approve_it(business: Business) -> None:
    told = ask_record(ada(), customer_id=business.customer())
    support = staff_actor(member("Support"))
    refused(lambda: decide(support, told), NotAllowed)
    refused(lambda: decline(support, told), NotAllowed)
    narrow = Actor(
        kind="api_key", id=str(new_id()), label="K", permissions=bob().permissions, scope=("customer", new_id())
    )
    refused(lambda: decide(narrow, told), NotFound)
    refused(lambda: approve.approve(actor=bob(), at=moment(), approval_id=new_id()), NotFound)
    # Above the limit of refunds both need the permission for that.
    set_limits(refund_limit_amount=LIMIT)
    payment = business.payment(business.customer("Other"), 150_00)
    refused(lambda: ask_refund(ada(), payment), NotAllowed)


def test_the_acts_themselves_refuse_without_a_second_person(business: Business) -> None:
    """A door that forgot to ask cannot let anything through."""
    payment = business.payment(business.customer(), 150_00)
    asked: dict[str, Any] = {"actor": ada(), "at": moment()}
    refused(lambda: record.record_payment(total_minor=ABOVE, currency="EUR", method="cash", **asked), NeedsSecondPerson)
    refused(
        lambda: refund.refund_payment(payment_id=payment, amount_minor=ABOVE, reason="R", method="cash", **asked),
        NeedsSecondPerson,
    )


def test_repeats_of_each_step_have_one_answer(business: Business) -> None:
    payment = business.payment(business.customer(), 150_00)
    told = ask_refund(ada(), payment, idempotency_key="ask")
    assert ask_refund(ada(), payment, idempotency_key="ask") == told
    done = decide(bob(), told, idempotency_key="yes")
    assert decide(bob(), told, idempotency_key="yes") == done
    assert ApprovalRequest.objects.count() == 1
    assert payments.payment(payment)["refunded_minor"] == ABOVE
    recorded = ask_record(ada(), customer_id=business.customer("Other"), idempotency_key="r")
    assert ask_record(ada(), customer_id=uid(recorded["customer"]), idempotency_key="r") == recorded


def test_limits_are_amounts_in_the_base_currency(business: Business) -> None:
    customer = business.customer("Tokyo", currency="JPY")
    told = approve.record_payment(
        actor=ada(), at=moment(), total_minor=16_394, currency="JPY", method="cash", customer_id=customer
    )
    # 16,394 yen at 0.0061 are 100.00 euro, which is not above.
    assert not approve.waits(told)
    told = approve.record_payment(
        actor=ada(), at=moment(), total_minor=16_400, currency="JPY", method="cash", customer_id=customer
    )
    assert approve.waits(told)
    for wrong in ({"minor": 100, "currency": "JPY"},):
        with pytest.raises(InvalidField, match="EUR"):
            set_limits(refund_limit_amount=wrong)
    for wrong in (
        100,
        {"minor": -1, "currency": "EUR"},
        {"minor": 1},
        {"minor": 1, "currency": "euro"},
        {"minor": "1", "currency": "EUR"},
    ):
        with pytest.raises((SettingNotAccepted, InvalidField)):
            set_limits(refund_limit_amount=wrong)
    with pytest.raises(NoExchangeRate):
        limits.is_above(limits.refund_limit(), 1, "CHF", date(2026, 1, 1))


def test_what_the_system_does_is_nobodys_act(business: Business) -> None:
    told = record.record_payment(actor=SYSTEM, at=moment(), total_minor=ABOVE, currency="EUR", method="bank_transfer")
    assert told["status"] == "completed"


def test_the_old_limit_of_refunds_is_carried_over() -> None:
    import importlib

    from django.db import connection

    forward = importlib.import_module("tallystick.foundation.migrations.0006_limits_have_a_currency").FORWARD
    Setting.objects.create(name="refund_limit", value=25_000)
    Setting.objects.create(name="base_currency", value="USD")
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(forward)
    settings_store.forget()
    assert limits.refund_limit().minor == 25_000
    assert limits.refund_limit().currency == "USD"
    settings_store.forget()


def test_what_came_in_another_currency_is_credited_as_it_was_worth_when_somebody_asked(business: Business) -> None:
    customer = business.customer()
    told = ask_record(ada(), None, came=Came(minor=20_000, currency="JPY"), customer_id=customer)
    # 20,000 yen at 0.0061.
    assert (told["amount_minor"], told["currency"]) == (122_00, "EUR")
    row = payments.payment(payment_id_of(decide(bob(), told)["result"]))
    assert (row["total_minor"], row["currency"], row["came_minor"], row["came_currency"]) == (
        122_00,
        "EUR",
        20_000,
        "JPY",
    )
