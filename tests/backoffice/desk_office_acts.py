"""The acts around the payments desk, for its table: files of receipts, mails, saved views, roles, View as customer."""

from typing import Any

from django.urls import reverse

from tallystick.correspondence import operations
from tallystick.correspondence import queries as correspondence
from tallystick.correspondence.models import Message
from tallystick.correspondence.operations import Result
from tallystick.customers import queries as customers
from tallystick.foundation import roles, staff
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry, SavedView
from tallystick.foundation.permissions import staff_actor
from tallystick.foundation.transactions import transaction
from tallystick.payments import import_queries
from tallystick.usecases import import_payments, recombine, saved_views, statements
from tallystick.wire.payment_imports import state_of
from tests.backoffice.business import SYSTEM, Business, member, moment, uid
from tests.backoffice.desk_acts import CHIEF, FINANCE, NO_FILES, NO_SIGHT, NORTH, READER, SUPPORT, TODAY, Act, url

_LINES = f"Date,Customer,Amount\n2026-01-03,{NORTH},7.00\n2026-01-03,{NORTH},7.00\n"
_READ: dict[str, Any] = {"decimal_mark": ".", "date_order": "ymd", "currency": "EUR"}


def add_roles() -> None:
    """This function will add the roles of the business's own to those that are there from the beginning."""
    member(CHIEF)
    for name, permission in ((NO_FILES, "view"), (NO_SIGHT, "download")):
        recombine.create_role(actor=SYSTEM, at=moment(), name=name, permissions=[permission])


def of_files() -> list[Act]:
    """This function will return what is done with a file of receipts once it is uploaded."""

    def uploaded(name: str) -> str:
        made = import_payments.begin_import(actor=SYSTEM, at=moment(), name=name, content=_LINES.encode())
        return made["id"]

    def state(public: str) -> dict[str, Any]:
        import_id = uid(public)
        row, lines = import_queries.one_import(import_id), import_queries.counts_of([import_id])[import_id]
        return {"state": state_of(row), "allowed": lines["allowed"]}

    def of_file(name: str, public: str, *more_of_it: Any, query: str = "", **more: Any) -> Act:
        page, look = f"{url('payment-import', public)}{query}", lambda: state(public)
        return Act(page=page, door=url(name, public, *more_of_it), look=look, may_not=READER, **more)

    unread, read = uploaded("april.csv"), uploaded("may.csv")
    columns = {"date": 0, "customer": 1, "amount": 2}
    import_payments.map_import(actor=SYSTEM, at=moment(), import_id=uid(read), columns=columns, **_READ)
    return [
        of_file(
            "import-columns",
            unread,
            word="Show what will happen",
            fields={**{f"column_{name}": str(place) for name, place in columns.items()}, **_READ},
            told="Look at each line, then record the payments.",
            stands={"state": "read"},
        ),
        of_file(
            "import-allow",
            read,
            "3",
            query="?state=duplicate",
            fields={"allows": "on"},
            told="The line will be recorded too.",
            stands={"allowed": 1},
        ),
        of_file("import-record", read, told="The payments are being recorded.", stands={"state": "recording"}),
    ]


def of_mails(business: Business) -> list[Act]:
    """This function will return how a customer is sent something, and sent it again."""
    customer, other = business.customer("Reads mail"), business.customer("Read no mail")
    statements.send_statement(actor=SYSTEM, at=moment(), customer_id=other)
    [mail] = correspondence.outbox_page(kind="statement").rows
    with transaction():
        refused = {"transport": "SMTP", "result": Result.REFUSED, "answer": "550 No such user"}
        operations.record_delivery(message_id=mail["id"], sending=1, at=moment(), **refused)
    public, message = public_id("cus", customer), public_id("msg", mail["id"])
    return [
        Act(
            page=url("statement", public),
            door=url("send-statement", public),
            word="Send",
            fields={"until_date": TODAY},
            told="The statement is on its way.",
            look=lambda: {"sent": Message.objects.filter(kind="statement", customer_id=customer).count()},
            stands={"sent": 1},
            may=SUPPORT,
            may_not=READER,
        ),
        Act(
            page=url("message", message),
            door=url("resend", message),
            told="The mail is queued once more.",
            look=lambda: vars(correspondence.message(mail["id"])),
            stands={"state": "queued"},
            may=SUPPORT,
            may_not=READER,
        ),
    ]


def of_views() -> list[Act]:
    """This function will return what is done with views of the list of payments; shared ones are the chief's."""
    chief = staff_actor(member(CHIEF))

    def shared(status: str) -> str:
        told = {"list_name": "payments", "name": f"All {status}", "query": f"status={status}", "is_shared": True}
        return saved_views.save_view(actor=chief, at=moment(), **told)["id"]

    def of_view(name: str, public: str, *, query: str = "", **more: Any) -> Act:
        page = f"{url('payments')}?view={public}{query}"
        look = lambda: SavedView.objects.filter(id=uid(public)).values().first() or {"name": ""}  # noqa: E731
        return Act(page=page, door=url(name, public), look=look, may=CHIEF, may_not=FINANCE, **more)

    failed, pending, processing = shared("failed"), shared("pending"), shared("processing")
    new = url("save-view")
    return [
        Act(
            page=f"{url('payments')}?status=cancelled",
            door=new,
            way=f'a[href^="{new}"]',
            word="Save view",
            fields={"name": "Cancelled ones"},
            told="The view is saved.",
            look=lambda: SavedView.objects.values().latest("created_at"),
            stands={"name": "Cancelled ones", "is_shared": False},
            may=READER,
            may_not=NO_SIGHT,
        ),
        of_view(
            "edit-view",
            failed,
            query="&status=failed",
            word="Save",
            fields={"name": "To be chased"},
            told="The view is changed.",
            stands={"name": "To be chased"},
        ),
        of_view(
            "update-view",
            pending,
            query="&status=cancelled&sort=due",
            told="The view shows this from now on.",
            stands={"parameters": [["status", "cancelled"], ["sort", "due"]]},
        ),
        of_view(
            "delete-view",
            processing,
            query="&status=processing",
            word="Delete view",
            told="The view is deleted.",
            stands={"name": ""},
        ),
    ]


def of_people(business: Business) -> list[Act]:
    """This function will return what is done with roles, and with the portal as a customer sees it."""
    made = recombine.create_role(actor=SYSTEM, at=moment(), name="Temps", permissions=["view"])
    engineer = member("Engineer")
    their, customer = public_id("usr", engineer.id), business.customer("Looked at")
    (contact,) = customers.contacts(customer)
    public = public_id("cus", customer)

    def of_roles(page: str, door: str, **more: Any) -> Act:
        return Act(page=page, door=door, may=CHIEF, may_not=FINANCE, **more)

    def names() -> dict[str, bool]:
        return {each.name: True for each in roles.all_roles()}

    def looks(action: str) -> dict[str, int]:
        return {action: AuditEntry.objects.filter(object_id=customer, action=action).count()}

    return [
        of_roles(
            url("roles"),
            url("new-role"),
            word="Create role",
            fields={"name": "Collections", "group_0": "view"},
            told="The role is there.",
            look=names,
            stands={"Collections": True},
        ),
        of_roles(
            url("roles"),
            url("role", made["id"]),
            word="Save role",
            fields={"name": "Temporary staff"},
            told="The role is changed.",
            look=names,
            stands={"Temporary staff": True},
        ),
        of_roles(
            url("member", their),
            url("member-roles", their),
            word="Save roles",
            fields={"roles": "Read-only"},
            told="The roles are changed.",
            look=lambda: {"roles": sorted(staff.member(engineer.id).roles)},
            stands={"roles": ["Engineer", "Read-only"]},
        ),
        Act(
            page=url("customer", public),
            door=url("view-as", public, public_id("con", contact.id)),
            told="Nothing can be changed.",
            look=lambda: looks("view_as_customer"),
            stands={"view_as_customer": 1},
            may=SUPPORT,
            may_not=READER,
        ),
        Act(
            page=reverse("portal:home"),
            door=url("end-view"),
            told="You see the back office as yourself again.",
            look=lambda: looks("end_view_as_customer"),
            stands={"end_view_as_customer": 1},
            may=SUPPORT,
            may_not=NO_SIGHT,
        ),
    ]
