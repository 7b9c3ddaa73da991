"""The saved views that stand above a list: those that everybody has, and one's own."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from tallystick.foundation import saved_views
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.kit.saved_views import VIEW as PARAMETER
from tallystick.interfaces.kit.saved_views import SavedView, SavedViews
from tallystick.interfaces.kit.tables import SORT, Table
from tallystick.usecases.roles import Permission
from tallystick.wire.saved_views import VIEW


def saved_views_of(request: StaffRequest, table: Table[Any]) -> SavedViews:
    """This function will return the views that somebody has of a list, and what that person may do with them."""
    views = [
        SavedView(
            key=public_id(VIEW, row.id),
            label=row.name,
            href=reverse("office:view", args=[public_id(VIEW, row.id)]),
            # The list's own order stands in no address.
            parameters=tuple(pair for pair in row.parameters if pair != (SORT, table.sort)),
            is_shared=row.is_shared,
        )
        for row in saved_views.seen_by(request.actor.principal, list_name=table.name)
    ]
    chosen = next((view for view in views if view.key == request.GET.get(PARAMETER)), None)
    save_url = f"{reverse('office:save-view')}?{urlencode({'list': table.name})}"
    if chosen is None or (chosen.is_shared and not request.actor.may(Permission.SHARE_VIEWS)):
        return SavedViews(views=views, chosen=chosen, save_url=save_url)
    return SavedViews(
        views=views,
        chosen=chosen,
        save_url=save_url,
        update_url=reverse("office:update-view", args=[chosen.key]),
        edit_url=reverse("office:edit-view", args=[chosen.key]),
        delete_url=reverse("office:delete-view", args=[chosen.key]),
    )
