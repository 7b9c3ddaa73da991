"""Mails about who signs in and what they may do, and to staff; and who they come from."""

from tallystick.correspondence.address_contents import AddressChanging, AddressLink
from tallystick.correspondence.approval_contents import ApprovalWaits
from tallystick.correspondence.card_contents import CardTriesStopped
from tallystick.correspondence.contents import BankLine, Business, Welcome
from tallystick.correspondence.sign_in_contents import PasswordLink, SecondFactorReset, SignInLink
from tallystick.money.amounts import Money

BANK = (
    BankLine(label="Account holder", value="Northwind Hosting GmbH"),
    BankLine(label="IBAN", value="DE89 3704 0044 0532 0130 00"),
    BankLine(label="BIC", value="COBADEFFXXX"),
    BankLine(label="Bank", value="Commerzbank"),
)
NORTHWIND = Business(name="Northwind Hosting", colour="#0f766e", email="billing@northwind.example")
PORTAL = "https://pay.northwind.example/portal/"


def sign_in_link() -> SignInLink:
    return SignInLink(
        business=NORTHWIND,
        locale="en",
        minutes=15,
        sign_in_url="https://pay.northwind.example/portal/sign-in/Zk3v9QmXw2Lr8TbN5yHs1Dp7Gc4Ue6Aj/",
    )


def password_link() -> PasswordLink:
    return PasswordLink(
        business=NORTHWIND,
        locale="en",
        minutes=60,
        password_url="https://pay.northwind.example/accounts/password/reset/key/1-Zk3v9QmXw2Lr8TbN5yHs1Dp7Gc4Ue6Aj/",
    )


def second_factor_reset() -> SecondFactorReset:
    return SecondFactorReset(
        business=NORTHWIND, locale="en", sign_in_url="https://pay.northwind.example/accounts/login/"
    )


def address_link() -> AddressLink:
    return AddressLink(
        business=NORTHWIND,
        locale="en",
        minutes=60,
        confirm_url="https://pay.northwind.example/accounts/address/secret/",
    )


def address_changing() -> AddressChanging:
    return AddressChanging(business=NORTHWIND, locale="en", new_address="mary.oneill@example.com", portal_url=PORTAL)


def welcome() -> Welcome:
    return Welcome(
        business=NORTHWIND,
        locale="en",
        contact_name="Mary O'Neill",
        customer_name="Ivory & Sons Shipping Ltd",
        portal_url=PORTAL,
    )


def approval_waits() -> ApprovalWaits:
    return ApprovalWaits(
        business=NORTHWIND,
        locale="en",
        act="Refund payment",
        amount=Money.of("12500.00", "EUR"),
        asked_by="Ada Lovelace",
        customer_name="Ivory & Sons Shipping Ltd",
        approval_url="https://pay.northwind.example/office/approvals/apr_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8/",
    )


def card_tries_stopped() -> CardTriesStopped:
    return CardTriesStopped(
        business=NORTHWIND,
        locale="en",
        customer_name="Ivory & Sons Shipping Ltd",
        minutes=60,
        customer_url="https://pay.northwind.example/office/customers/cus_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8/",
    )
