"""What can be done next with an invoice, by its state and by what whoever looks at it may do."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tallystick.allocations.queries import TOLERANCE
from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.backoffice.naming import Row
from tallystick.invoices.states import TOPUP
from tallystick.usecases.roles import Permission
from tallystick.wallets import queries as wallets
from tallystick.wire import builders


def invoice_acts_of(request: StaffRequest, row: Row) -> tuple[Link | None, list[Link]]:
    """This function will return what can be done with an invoice: the one thing that leads, and all the others."""
    offers: list[tuple[Permission, Link]] = []
    if row["kind"] == TOPUP:
        offers += _topup_offers(row)
    elif row["state"] == "draft":
        offers.append(
            (Permission.ISSUE_INVOICES, Link(label=_("Issue"), url=_url("issue", row), icon="send", leads=True))
        )
    elif row["state"] == "issued":
        if row["open_minor"]:
            offers += [_record_offer(row), *_wallet_offers(request, row)]
            link = Link(label=_("Payment link"), url=_url("payment-link", row), icon="link")
            offers.append((Permission.COLLECT_PAYMENTS, link))
            later = Link(label=_("New due date"), url=_url("due-date", row), icon="calendar")
            offers.append((Permission.RECORD_PAYMENTS, later))
        if row["credit_noted_minor"] < row["total_minor"] and not row["is_usage"]:
            offers.append(
                (Permission.ISSUE_CREDIT_NOTES, Link(label=_("Credit note"), url=_url("credit", row), icon="undo"))
            )
        if 0 < row["open_minor"] <= settings_store.get(TOLERANCE):
            offers.append(
                (
                    Permission.WRITE_SMALL_DIFFERENCES,
                    Link(label=_("Write off the rest"), url=_url("difference", row), icon="minus"),
                )
            )
        offers += _write_off_offers(row)
        if row["open_minor"] == row["total_minor"] and not row["credit_noted_minor"] and not row["is_usage"]:
            void = Link(label=_("Void"), url=_url("void", row), icon="stop", tone="danger")
            offers.append((Permission.VOID_INVOICES, void))
    document = _("Preview as PDF") if row["state"] == "draft" else _("Download PDF")
    offers.append((Permission.DOWNLOAD, Link(label=document, url=_url("pdf", row), icon="download", dialog=False)))
    links = [link for permission, link in offers if request.actor.may(permission)]
    main = next((link for link in links if link.leads), None)
    return main, [link for link in links if link is not main]


def _topup_offers(row: Row) -> list[tuple[Permission, Link]]:
    public = public_id(builders.INVOICE, row["id"])
    if row["state"] == "draft":
        send = Link(label=_("Send"), url=reverse("office:topup-send", args=[public]), icon="send", leads=True)
        return [(Permission.ISSUE_INVOICES, send)]
    if row["state"] != "sent":
        return []
    offers = [_record_offer(row)] if row["open_minor"] else []
    if row["open_minor"] == row["total_minor"]:
        void = Link(label=_("Void"), url=reverse("office:topup-void", args=[public]), icon="stop", tone="danger")
        offers.append((Permission.VOID_INVOICES, void))
    return offers


def _record_offer(row: Row) -> tuple[Permission, Link]:
    url = f"{reverse('office:record-payment')}?invoice={public_id(builders.INVOICE, row['id'])}"
    link = Link(label=_("Record payment"), url=url, icon="plus", dialog=False, leads=True)
    return Permission.RECORD_PAYMENTS, link


def _write_off_offers(row: Row) -> list[tuple[Permission, Link]]:
    """To give up what is open, and to take that back where it is paid after all."""
    links = []
    if row["open_minor"]:
        links.append(Link(label=_("Write off"), url=_url("write-off", row), icon="x-circle", tone="danger"))
    if row["written_off_minor"]:
        # Nothing else is to be done about what is written off whole.
        links.append(
            Link(label=_("Paid after all"), url=_url("recover", row), icon="undo", leads=not row["open_minor"])
        )
    return [(Permission.WRITE_OFF_INVOICES, link) for link in links]


def _wallet_offers(request: StaffRequest, row: Row) -> list[tuple[Permission, Link]]:
    if not wallets.paid_available(row["customer_id"], row["currency"], day=request.today):
        return []
    link = Link(label=_("Pay from the wallet"), url=_url("pay-from-wallet", row), icon="wallet")
    return [(Permission.ALLOCATE_PAYMENTS, link)]


def _url(act: str, row: Row) -> str:
    return reverse(f"office:invoice-{act}", args=[public_id(builders.INVOICE, row["id"])])
