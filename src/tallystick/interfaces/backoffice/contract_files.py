"""Contract files of a subscription: added, downloaded, removed (E38d)."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.foundation.errors import NotFound
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm
from tallystick.interfaces.backoffice.subscription_forms import FileForm
from tallystick.interfaces.kit.files import file_response
from tallystick.subscriptions import queries
from tallystick.usecases import contracts
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import contract_file_id_of


@page(Permission.CHANGE_SUBSCRIPTIONS)
def add_file(request: StaffRequest, public: str) -> HttpResponse:
    """This function will keep a file with a subscription."""
    row = queries.subscription(addresses.subscription_id_of(public))
    act = Act(
        title=_("Add a contract file"),
        lead=_("%(number)s, %(description)s") % row,
        submit=_("Add file"),
        back=addresses.subscription_url(row["id"]),
        done=_("The file is added."),
    )

    def add(told: dict[str, object]) -> None:
        upload = told["file"]
        assert isinstance(upload, UploadedFile)  # noqa: S101 - the form asks for one
        contracts.add_contract_file(
            **asked(request), subscription_id=row["id"], name=upload.name or "", content=upload.read()
        )

    return carry_out(request, act, FileForm(request.POST or None, request.FILES or None), add)


@require_safe
@page(Permission.DOWNLOAD)
def download_file(request: StaffRequest, public: str, file: str) -> HttpResponse:
    """This function will give a contract file as it was handed in."""
    found = contracts.download_contract_file(
        actor=request.actor,
        at=request.at,
        subscription_id=addresses.subscription_id_of(public),
        file_id=contract_file_id_of(file),
    )
    return file_response(found)


@page(Permission.CHANGE_SUBSCRIPTIONS)
def remove_file(request: StaffRequest, public: str, file: str) -> HttpResponse:
    """This function will take a contract file away from a subscription."""
    row = queries.subscription(addresses.subscription_id_of(public))
    file_id = contract_file_id_of(file)
    found = next((each for each in queries.files(row["id"]) if each["id"] == file_id), None)
    if found is None and request.method != "POST":
        raise NotFound(kind="contract file")
    act = Act(
        title=_("Remove %(name)s?") % {"name": found["name"] if found else _("this file")},
        lead=_("%(number)s, %(description)s") % row,
        submit=_("Remove file"),
        tone="danger",
        back=addresses.subscription_url(row["id"]),
        happens=[_("It stands here no more. Who added and removed it stays in the audit trail.")],
        done=_("The file is removed."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: contracts.remove_contract_file(**asked(request), subscription_id=row["id"], file_id=file_id),
    )
