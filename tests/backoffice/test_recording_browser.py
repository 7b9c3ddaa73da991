"""Recording in a real browser: twice the same, edited, deleted, from a file; each page for axe, and for the eye."""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tallystick.foundation.ids import public_id
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tests.backoffice.business import Business, member
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, sign_in, site
from tests.backoffice.test_groups_browser import work_off
from tests.looking import look

__all__ = ["complaints", "desk", "pytestmark", "site"]


def test_a_payment_that_looks_the_same_is_recorded_only_on_purpose(
    business: Business, desk: Page, complaints: list[str]
) -> None:
    customer = business.customer("Zweckverband Nord")
    business.payment(customer, 7550, reference="TRX 7", description="Deposit")
    desk.goto(f"/office/payments/record/?customer={public_id('cus', customer)}")
    desk.get_by_label("Total", exact=True).fill("75.50")
    preview = desk.get_by_role("complementary", name="Preview")
    expect(preview).to_contain_text("looks the same")
    look(desk, "record-alike")
    desk.get_by_role("button", name="Save payment").click()
    desk.get_by_role("button", name="Record anyway").wait_for()
    assert len(lists.payments_page(PaymentFilter()).rows) == 1
    # The browser tells that the form came back refused.
    assert [each for each in complaints if "422" not in each] == []
    complaints.clear()
    look(desk, "record-alike-refused")
    desk.get_by_role("button", name="Record anyway").click()
    desk.get_by_text("The payment is recorded.").wait_for()
    assert len(lists.payments_page(PaymentFilter()).rows) == 2


def test_a_promise_is_edited_and_deleted_in_dialogs(
    business: Business, browser: Browser, site: str, complaints: list[str]
) -> None:
    promised = business.payment(business.customer(), 5000, status="pending", description="Deposit #angry")
    with browser.new_context(base_url=site) as context:
        page = opened(context, complaints)
        sign_in(page, member("Administrator"), site)
        page.goto(f"/office/payments/{public_id('pay', promised)}/")
        page.get_by_role("button", name="More actions").click()
        page.get_by_role("link", name="Edit", exact=True).click()
        dialog = page.get_by_role("dialog", name="Edit payment")
        dialog.get_by_label("Reference").fill("TRX 9")
        dialog.get_by_label("Total", exact=True).fill("40.00")
        look(page, "payment-edit")
        dialog.get_by_role("button", name="Save").click()
        page.get_by_text("The payment is changed.").wait_for()
        [row] = lists.payments_page(PaymentFilter()).rows
        assert (row["total_minor"], row["reference"], row["private_text"]) == (4000, "TRX 9", "angry")
        page.get_by_role("button", name="More actions").click()
        page.get_by_role("link", name="Delete", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        page.get_by_text("The payment is deleted.").wait_for()
        assert lists.payments_page(PaymentFilter()).rows == []
    assert complaints == []


def test_a_file_of_receipts_is_recorded(business: Business, desk: Page, tmp_path: Path) -> None:
    business.customer("Zweckverband Abfallwirtschaft und Kreislaufwirtschaft Nordschwarzwald-Mittelbaden")
    business.customer("株式会社東京データセンター運用サービス")
    file = tmp_path / "märz.csv"
    name = "Zweckverband Abfallwirtschaft und Kreislaufwirtschaft Nordschwarzwald-Mittelbaden"
    lines = [
        "Datum;Kunde;Betrag;Referenz",
        f"03.01.2026;{name};1.234.567,89;UEBERWEISUNG REF 88/1210",
        "04.01.2026;株式会社東京データセンター運用サービス;60,85;TRX 2",
        "04.01.2026;株式会社東京データセンター運用サービス;60,85;TRX 2",
        "05.01.2026;Nobody at all;7,00;TRX 3",
        "06.01.2026;;8,00;NOTPROVIDED",
    ]
    file.write_text("\r\n".join(lines), encoding="utf-8")
    desk.goto("/office/payments/")
    desk.get_by_role("link", name="Import payments").click()
    look(desk, "imports-empty")
    desk.get_by_role("link", name="Upload a file").first.click()
    desk.get_by_label("File").set_input_files(file)
    look(desk, "import-upload")
    desk.get_by_role("button", name="Upload").click()
    desk.get_by_role("heading", name="Which column is what?").wait_for()
    expect(desk.get_by_label("Amounts are written")).to_have_value(",")
    expect(desk.get_by_label("Days are written")).to_have_value("dmy")
    look(desk, "import-columns")
    desk.get_by_role("button", name="Show what will happen").click()
    desk.get_by_role("button", name="Record 3 payments").wait_for()
    look(desk, "import-preview")
    desk.get_by_role("button", name="Record it too").click()
    desk.get_by_role("button", name="Record 4 payments").click()
    desk.get_by_text("The payments are being recorded.").wait_for()
    look(desk, "import-progress", axe_at=())
    work_off()
    desk.get_by_text("4 payments are recorded.").wait_for()
    look(desk, "import-result")
    assert len(lists.payments_page(PaymentFilter(status="completed")).rows) == 4
