"""A customer about whom much is written that only staff may read, beside much that anybody may."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.test import Client

from tallystick.customers import queries as customers
from tallystick.foundation import business as settings
from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.foundation.jobs import app
from tallystick.foundation.models import User
from tallystick.foundation.months import months_after
from tallystick.foundation.transactions import transaction
from tallystick.payments.models import Payment
from tallystick.usecases import (
    allocate,
    amend,
    bill,
    charge,
    collect,
    dispute,
    dunning_pauses,
    enrol,
    import_payments,
    promise,
    record,
    refund,
    statements,
    tax_purchases,
    topup,
)
from tallystick.usecases.record import Part
from tallystick.wallets import queries as wallets
from tests.api.conftest import TODAY, Business
from tests.sandbox_service import SandboxService, pay
from tests.scenarios.conftest import uid
from tests.usecases.shop import at

# What nobody outside may read, and what customers do read; each in plain letters and in letters with marks.
SECRETS = ("zqgeheim", "žqverbörgen")
OPEN = ("zqopen", "žqöffen")
TITLE = "zqtitle žqtïtle"


def description(name: str) -> str:
    """This function will return a description of which the part behind the first `#` is private."""
    return f"{OPEN[0]}{name} {OPEN[1]}{name} #{SECRETS[0]}{name} {SECRETS[1]}{name}"


def remark(name: str) -> str:
    """This function will return a remark, all of it private."""
    return f"{SECRETS[0]}remark{name}\n{SECRETS[1]}remark{name}"


def marks(name: str) -> dict[str, str]:
    """This function will return both, as a payment is recorded with them."""
    return {"description": description(name), "remark": remark(name)}


class Story:
    """Payments in all their ways, each with private text: recorded, promised, edited, imported, charged, refunded."""

    def __init__(self, service: SandboxService) -> None:
        self.business = Business()
        self.customer, self.service = self.business.x, service
        with transaction():
            settings_store.put(settings.BANK_HOLDER, "Northwind Fibre Ltd")
            settings_store.put(settings.BANK_IBAN, "DE89370400440532013000")
        # Credit that is left over shall not pay what is made here.
        changes = {"note": remark("customer"), "applies_credit": False}
        enrol.change_customer(**self.act, customer_id=self.customer, changes=changes)
        self.merchant = service.create_merchant("Private words")
        self.account = uid("gwa", self.business.gateway(self.merchant))
        self.payments: dict[str, UUID] = {}
        self._by_hand()
        self._prepaid()
        self._imported()
        self._by_card()
        # Last, so that what comes later takes no notice of it: money of nobody that was given to the customer.
        suspense = record.record_payment(**self.act, total_minor=810, currency="EUR", **marks("assigned"))
        self.payments["assigned"] = uid("pay", suspense["id"])
        allocate.assign_payment(**self.act, payment_id=self.payments["assigned"], customer_id=self.customer)

    @property
    def act(self) -> dict[str, Any]:
        """Who acts, and when."""
        return {"actor": self.business.staff, "at": at()}

    def invoice(self, net: int) -> UUID:
        """This function will issue an invoice with a title and a line that are for the customer, and a remark."""
        line = self.business.draft(self.customer, net, day=TODAY, description=f"{OPEN[0]}line {OPEN[1]}line")
        bill.issue_invoice(**self.act, invoice_id=line)
        return line

    def record(self, name: str, total: int, **more: Any) -> UUID:
        """This function will record money of the customer, with private text, under a name of this story."""
        made = record.record_payment(
            **self.act, customer_id=self.customer, total_minor=total, currency="EUR", **{**marks(name), **more}
        )
        self.payments[name] = uid("pay", made["id"])
        return self.payments[name]

    def describe(self, name: str, payment: UUID) -> None:
        """This function will edit what a payment says, so that it has private text."""
        amend.edit_payment(**self.act, payment_id=payment, changes=marks(name))
        self.payments[name] = payment

    def refund(self, name: str, payment: UUID, minor: int, **more: Any) -> UUID:
        """This function will pay a part back, for a reason with a private part; its words have a name of this story."""
        told = {"amount_minor": minor, "reason": description(name), **more}
        return uid("pay", refund.refund_payment(**self.act, payment_id=payment, **told)["id"])

    def _by_hand(self) -> None:
        settled = self.invoice(1000)
        self.record("recorded", 700, parts=[Part(invoice_id=settled)], mails_confirmation=True)
        self.record("pending", 710, status="pending", parts=[Part(invoice_id=self.invoice(800))])
        self.record("marked", 720, status="pending", invoice_number="zqopen-typed")
        told = {"received_date": at().date(), "method": "cash"}
        record.mark_paid(**self.act, payment_id=self.payments["marked"], **told)
        self.record("cancelled", 730, status="pending")
        record.cancel_payment(**self.act, payment_id=self.payments["cancelled"])
        self.record("reversed", 740)
        allocate.reverse_payment(**self.act, payment_id=self.payments["reversed"], reason=f"{OPEN[0]} wrong")
        self.describe("edited", self.record("before", 750, description="Said later", remark=""))
        self.payments["refund"] = self.refund("refund", self.record("source", 760), 60, method="cash")
        # Charged wrongly: a credit note says why, too.
        charged = self.record("charged", 600, parts=[Part(invoice_id=self.invoice(500))])
        self.payments["wrongly"] = self.refund("wrongly", charged, 600, method="cash")
        sent = promise.promise_transfer(
            **self.act, customer_id=self.customer, amounts=dict.fromkeys([self.invoice(900), self.invoice(910)])
        )
        self.describe("promised", uid("pay", sent["id"]))
        opened = dispute.record_bank_return(**self.act, payment_id=self.record("returned", 770), amount_minor=1)
        self.disputes = [opened["id"]]
        credited = self.invoice(920)
        note = bill.issue_credit_note(**self.act, invoice_id=credited, reason=description("credit"), gross_minor=100)
        self.credit_note = note["id"]

    def pause(self, invoice: UUID) -> None:
        """This function will pause the reminders of an invoice and of the customer, for reasons that are for staff, and
        note what was promised of another.
        """
        told = {"pay_date": at().date() + timedelta(days=5), "note": description("promise")}
        dunning_pauses.promise_to_pay(**self.act, invoice_id=self.invoice(930), **told)
        dunning_pauses.pause_invoice(**self.act, invoice_id=invoice, reason=description("pause"))
        dunning_pauses.pause_customer(**self.act, customer_id=self.customer, reason=description("pause"))

    def _prepaid(self) -> None:
        wanted = {"customer_id": self.customer, "currency": "EUR"}
        asked = topup.create_topup_request(**self.act, **wanted, total_minor=5000, title=TITLE, remark=remark("topup"))
        self.topup = asked["id"]
        topup.send_topup_request(**self.act, request_id=uid("inv", self.topup))
        self.record("topup", 5000, parts=[Part(invoice_id=uid("inv", self.topup))])
        bought = charge.charge_account(
            **self.act,
            **wanted,
            total_minor=120,
            tax_rate_id=self.business.vat,
            description=description("bought"),
        )
        self.charge = bought["id"]
        self.payments["bought"] = uid("pay", self.charge)
        taxed = topup.create_topup_request(
            **self.act, **wanted, total_minor=1200, tax_rate_id=self.business.vat, title=TITLE, remark=remark("taxed")
        )
        request = uid("inv", taxed["id"])
        topup.send_topup_request(**self.act, request_id=request)
        self.record("taxed", 1200, parts=[Part(invoice_id=request)])
        self.tax_document = public_id("txd", wallets.tax_documents([request])[request][0]["id"])
        month = months_after(at().date(), -1, day=1)
        charge.charge_account(
            actor=self.act["actor"],
            at=datetime.combine(month, time(12), tzinfo=UTC),
            **wanted,
            total_minor=120,
            tax_rate_id=self.business.vat,
            description=description("before"),
        )
        self.purchase_tax_document = tax_purchases.issue_purchase_tax_document(**self.act, **wanted, month=month)["id"]

    def _imported(self) -> None:
        content = (
            f"Date;Customer;Amount;Text;Note\n{TODAY};Xavier Ltd;7,80;{description('imported')};{remark('i')[:10]}"
        )
        file = import_payments.begin_import(**self.act, name="file.csv", content=content.encode())
        told: dict[str, Any] = {
            "columns": {"date": 0, "customer": 1, "amount": 2, "description": 3, "remark": 4},
            "decimal_mark": ",",
            "date_order": "ymd",
            "currency": "EUR",
        }
        import_id = uid("imp", file["id"])
        import_payments.map_import(**self.act, import_id=import_id, **told)
        import_payments.record_import(**self.act, import_id=import_id, workers=0)
        while import_payments.step(**self.act, import_id=import_id):
            pass
        self.payments["imported"] = Payment.objects.get(description__contains=f"{OPEN[0]}imported").id

    def _by_card(self) -> None:
        """An expected payment was described before it went to the gateway, which then declined it or took it."""
        for name, number in (("declined", "4000000000000002"), ("paid", "4242424242424242")):
            invoice = self.invoice(2000)
            self.describe(name, self.business.expected_payment(invoice)["id"])
            made = collect.pay(
                **self.act,
                customer_id=self.customer,
                amounts={invoice: None},
                account_id=self.account,
                return_url="http://127.0.0.1:9/{attempt}",
                note="The customer's own words",
            )
            attempt = made["attempts"][-1]
            pay(attempt["action_url"], number)
            collect.ask(attempt_id=uid("att", attempt["id"]), at=at(seconds=1))
        self.attempt = attempt["id"]
        back = self.refund("reason", self.payments["paid"], 500, still_owed=True)
        self.describe("givenback", back)
        self.disputes.append(dispute.open_dispute(**self.act, payment_id=self.payments["paid"], amount_minor=100)["id"])

    def write_mails(self) -> None:
        """This function will do the jobs that write mails, and mail a statement."""
        statements.send_statement(**self.act, customer_id=self.customer)
        with connection.cursor() as cursor:
            cursor.execute("SELECT task_name, args FROM procrastinate_jobs WHERE task_name LIKE 'mail.%' ORDER BY id")
            waiting = cursor.fetchall()
        for name, arguments in waiting:
            app.tasks[name].func(**orjson.loads(arguments))

    def contact(self) -> Client:
        """This function will return a browser in which the customer's contact is signed in."""
        contact = customers.contacts(self.customer)[0]
        enrol.open_portal(**self.act, customer_id=self.customer, contact_id=contact.id)
        client = Client()
        client.force_login(User.objects.get(email=contact.email))
        return client

    def public_payments(self) -> dict[str, str]:
        """This function will return the public ids of the story's payments by their names."""
        return {name: public_id("pay", each) for name, each in self.payments.items()}
