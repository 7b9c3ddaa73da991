"""Bank accounts in the back office: one for each currency in which customers can send transfers."""

from decimal import Decimal

import pytest

from tallystick.foundation import settings_store
from tallystick.foundation.business import BANK_IBAN, bank_account, bank_currencies
from tallystick.foundation.clock import now
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tests.backoffice.business import Business
from tests.backoffice.forms import Signed, closed, done, refused, text_of, url

pytestmark = pytest.mark.django_db

IBAN = "DE89370400440532013000"


@pytest.fixture(autouse=True)
def two_currencies(business: Business) -> None:
    """The business keeps its books in euro, with an account there, and has a rate of dollars."""
    with transaction():
        settings_store.put(BANK_IBAN, IBAN)
        ledger.set_rate(currency="USD", valid_from=now().date(), rate=Decimal("0.92"), source="test")


def test_an_account_is_named_changed_and_removed(as_role: Signed) -> None:
    told = {"currency": "USD", "holder": "", "details": "Routing number: 021000021\nAccount number: 12345"}
    closed(as_role("Finance"), url("add-bank-account"), told)
    administrator = as_role("Administrator")
    done(administrator, url("add-bank-account"), told)
    account = bank_account("USD")
    assert account is not None
    assert account.more == [("Routing number", "021000021"), ("Account number", "12345")]
    assert bank_currencies() == ["EUR", "USD"]
    entry = AuditEntry.objects.filter(action="change_setting").order_by("id").last()
    assert entry is not None
    assert entry.after["bank_account_USD"]["details"].startswith("Routing number")
    assert "Routing number: 021000021" in text_of(administrator.get(url("settings")))

    for wrong, said in (
        ({"iban": "DE89370400440532013001"}, "This is no IBAN."),
        ({"bic": "COBA"}, "A BIC has 8 or 11 letters and digits."),
        ({"details": ""}, "Enter an IBAN, or the details of an account without one."),
    ):
        assert said in refused(administrator, url("bank-account", "USD"), {**told, **wrong})
    done(administrator, url("bank-account", "USD"), {**told, "iban": "GB29 NWBK 6016 1331 9268 19", "holder": "Fibre"})
    account = bank_account("USD")
    assert account is not None
    assert (account.iban, account.holder) == ("GB29 NWBK 6016 1331 9268 19", "Fibre")

    closed(as_role("Finance"), url("remove-bank-account", "USD"), {})
    assert "no bank transfer in this currency" in text_of(administrator.get(url("remove-bank-account", "USD")))
    done(administrator, url("remove-bank-account", "USD"), {})
    assert bank_currencies() == ["EUR"]
    assert administrator.get(url("bank-account", "USD")).status_code == 404


def test_the_account_of_the_base_currency_is_the_one_of_the_settings(as_role: Signed) -> None:
    administrator = as_role("Administrator")
    told = {"bank_account_iban": IBAN, "bank_account_details": "Quote the number."}
    done(administrator, url("change-settings", "bank"), told)
    account = bank_account("EUR")
    assert account is not None
    assert (account.iban, account.more) == ("DE89 3704 0044 0532 0130 00", [("", "Quote the number.")])
    assert '<option value="EUR"' not in administrator.get(url("add-bank-account")).content.decode()
    assert bank_account("USD") is None, "it is not that of another currency"
