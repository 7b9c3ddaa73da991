"""A business with real-looking data, made through the use cases: long names, large amounts, yen and dinar."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from tallystick.foundation import staff as staff_room
from tallystick.foundation.ids import new_id, parse_public_id
from tallystick.foundation.models import User
from tallystick.foundation.permissions import Actor, system_actor
from tallystick.foundation.transactions import transaction
from tallystick.invoices.totals import LineInput
from tallystick.payments import methods
from tallystick.payments.terms import terms_hash
from tallystick.usecases import autopay, bill, collect, configure, enrol, record, set_up
from tallystick.usecases.roles import EVERYTHING, ROLES
from tests.sandbox_service import Account, SandboxService, pay
from tests.stored_cards import stored_card

PASSWORD = "correct horse battery staple"
SYSTEM: Actor = system_actor("Tests", frozenset(EVERYTHING))
NAMES = [
    "Zweckverband Abfallwirtschaft und Kreislaufwirtschaft Nordschwarzwald-Mittelbaden",
    "株式会社東京データセンター運用サービス",
    "شركة الخليج للاتصالات وتقنية المعلومات",
    "Société Générale d’Exploitation des Établissements Réunis",
    "Acme & Sons <Ltd>",
    "Nguyễn Thị Minh Khai",
]


def uid(public: str | None) -> UUID:
    """This function will return the identifier behind a public one."""
    assert public is not None
    return parse_public_id(public.partition("_")[0], public, kind="thing")


def moment(days_ago: int = 0, hour: int = 9) -> datetime:
    """This function will return a moment some days ago, in UTC, which is the business's zone in the tests."""
    day = datetime.now(tz=UTC).date() - timedelta(days=days_ago)
    return min(datetime.combine(day, time(hour), tzinfo=UTC), datetime.now(tz=UTC))


def member(role: str) -> User:
    """This function will return a member of staff who signs in with `PASSWORD` and has a role."""
    email = f"{role.lower()}@example.com"
    found = User.objects.filter(email=email).first()
    if found is None:
        with transaction():
            staff_room.ensure_roles(ROLES)
            staff_room.add_member(email=email, name=f"{role} Okonkwo", password=PASSWORD, roles=[role])
        found = User.objects.get(email=email)
    return found


class Business:
    """A business that bills in euro, yen and dinar, and short ways to give it work."""

    def __init__(self) -> None:
        at = moment(400)
        self.vat = set_up.add_tax_rate(actor=SYSTEM, at=at, name="VAT 20 %", percent=Decimal(20), country="AT")
        self.exempt = set_up.add_tax_rate(
            actor=SYSTEM, at=at, name="Exempt", percent=Decimal(0), category="exempt", country="AT"
        )
        for currency, rate in (("JPY", "0.0061"), ("KWD", "3.01")):
            set_up.set_exchange_rate(
                actor=SYSTEM, at=at, currency=currency, valid_from=date(2020, 1, 1), rate=Decimal(rate), source="Test"
            )
        configure.change_settings(actor=SYSTEM, at=at, changes={"business_name": "Northwind Fibre Ltd"})

    def customer(self, name: str = "Acme Corp", *, currency: str = "EUR", days_ago: int = 300, **more: Any) -> UUID:
        """This function will enrol a customer with a contact and return its id."""
        shape = enrol.create_customer(
            actor=SYSTEM,
            at=moment(days_ago),
            kind=more.pop("kind", "business"),
            name=name,
            currency=currency,
            terms_days=more.pop("terms_days", 14),
            contacts=[{"name": "Jo Contact", "email": "jo@example.com", "is_billing": True}],
            details={
                "address_lines": "Industriestraße 12\nHinterhaus",
                "postal_code": "1030",
                "city": "Wien",
                "country": "AT",
            },
            **more,
        )
        return uid(shape["id"])

    def draft(
        self,
        customer: UUID,
        net: int = 8900,
        *,
        currency: str = "EUR",
        days_ago: int = 0,
        text: str = "Laptop rental",
        **more: Any,
    ) -> UUID:
        """This function will draft an invoice of one line and return its id."""
        line = LineInput(description=text, quantity=Decimal(1), unit_price_minor=net, tax_rate_id=self.vat, **more)
        shape = bill.create_invoice(
            actor=SYSTEM,
            at=moment(days_ago),
            customer_id=customer,
            currency=currency,
            lines=[line],
            title="Rental of November",
        )
        return uid(shape["id"])

    def invoice(self, customer: UUID, net: int = 8900, *, days_ago: int = 0, **more: Any) -> UUID:
        """This function will issue an invoice of one line and return its id."""
        invoice_id = self.draft(customer, net, days_ago=days_ago, **more)
        bill.issue_invoice(actor=SYSTEM, at=moment(days_ago), invoice_id=invoice_id)
        return invoice_id

    def payment(
        self, customer: UUID | None, total: int = 5000, *, currency: str = "EUR", days_ago: int = 0, **more: Any
    ) -> UUID:
        """This function will record a payment and return its id."""
        at = moment(days_ago, 10)
        shape = record.record_payment(
            actor=SYSTEM,
            at=at,
            total_minor=total,
            currency=currency,
            customer_id=customer,
            received_date=at.date(),
            **more,
        )
        return uid(shape["id"])

    def gateway(self, sandbox: SandboxService, merchant: Account | None = None) -> UUID:
        """This function will set up an account at the sandbox payment service, a new merchant's unless one is named."""
        merchant = merchant or sandbox.create_merchant(f"Back office {new_id().hex[-6:]}")
        configuration = {
            "base_url": sandbox.base_url,
            "secret_key": merchant.secret_key,
            "webhook_secrets": [merchant.webhook_secret],
        }
        return set_up.set_up_gateway(
            actor=SYSTEM,
            at=moment(),
            adapter="sandbox",
            name="Sandbox Cards",
            configuration=configuration,
            is_live=False,
        )

    def autopay(self, account: UUID) -> tuple[UUID, UUID]:
        """This function will enrol a payer with stored cards who agreed to autopay, and return both: payer and card."""
        payer = self.customer("Société Générale d’Exploitation des Établissements Réunis", days_ago=90)
        card = stored_card(payer, account)
        stored_card(payer, account, last_four="4444", expires=(12, 2020))
        with transaction():
            methods.note_refusal(stored_card(payer, account, last_four="2222"), "stolen_card")
        said = {"actor": SYSTEM, "customer_id": payer, "terms_sha256": terms_hash(autopay.TERMS.default)}
        autopay.agree(**said, at=moment(60), evidence="Signed form of 3 May")
        autopay.agree(
            **said,
            at=moment(30),
            method_id=card,
            charge_day=15,
            cap_minor=125_000_000,
            cap_currency="EUR",
            evidence="Call of 12 June with the accounts department",
        )
        for net, days_ago in ((102_880_657, 0), (8900, 30), (200_000_000, 0)):
            self.invoice(payer, net, days_ago=days_ago)
        return payer, card

    def card_payment(self, customer: UUID, invoice: UUID, account: UUID, number: str = "") -> UUID:
        """This function will begin a card payment for an invoice; with a card number it is finished as well."""
        at = datetime.now(tz=UTC)
        shape = collect.pay(
            actor=SYSTEM,
            at=at,
            customer_id=customer,
            amounts={invoice: None},
            account_id=account,
            return_url="http://localhost:1/{attempt}",
            note="Bitte an die Buchhaltung",
        )
        if number:
            attempt = shape["attempts"][-1]
            pay(attempt["action_url"], number)
            collect.ask(attempt_id=uid(attempt["id"]), at=at + timedelta(seconds=1))
        return uid(shape["id"])

    def busy_month(self) -> dict[str, UUID]:
        """This function will tell a month of the business, with something of everything, and name what pages show."""
        german, japanese, arabic, french, english, person = (
            self.customer(name, currency=currency, days_ago=200 - 10 * number, **more)
            for number, (name, currency, more) in enumerate(
                zip(
                    NAMES,
                    ["EUR", "JPY", "KWD", "EUR", "EUR", "EUR"],
                    [{}, {}, {}, {}, {}, {"kind": "individual", "terms_days": 0}],
                    strict=True,
                )
            )
        )
        large = self.invoice(german, 102_880_657, days_ago=40, text="Glasfaserausbau, Los 4, Abschlag 3")
        self.invoice(german, 450_000, days_ago=12)
        self.invoice(japanese, 1_284_000, currency="JPY", days_ago=20, text="データセンター利用料 11月分")
        self.invoice(arabic, 45_250_750, currency="KWD", days_ago=3, text="ترخيص سنوي، منطقة الخليج")
        self.invoice(person, 6085, days_ago=9)
        paid = self.payment(
            german,
            123_456_789,
            days_ago=4,
            reference="UEBERWEISUNG REF 88/1210",
            description="Invoice for lot 4 #chased twice by phone",
            allocates_oldest_first=True,
            mails_confirmation=True,
        )
        self.payment(french, 984_550, days_ago=3, description="On account", method="cash")
        suspense = self.payment(None, 250_000, days_ago=2, reference="MUELLER 88/1210", description="Unknown payer")
        promised = self.payment(english, 75_00, days_ago=1, status="pending", description="Will transfer on Friday")
        draft = self.draft(english, 12_500)
        return {
            "customer": german,
            "invoice": large,
            "payment": paid,
            "suspense": suspense,
            "promised": promised,
            "draft": draft,
            "english": english,
        }
