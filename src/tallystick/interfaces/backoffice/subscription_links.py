"""What can be done with a subscription from its page."""

from django.urls import reverse
from django.utils.translation import gettext as _

from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.backoffice.naming import Row
from tallystick.usecases.roles import Permission
from tallystick.wire.references import SUBSCRIPTION

_DRAFT, _CHANGE = Permission.DRAFT_SUBSCRIPTIONS, Permission.CHANGE_SUBSCRIPTIONS
_LIVE = ("trial", "active", "paused", "suspended")


def acts_of(request: StaffRequest, row: Row) -> tuple[Link | None, list[Link]]:
    """This function will return the one next thing to do with a subscription, if there is one, and all others."""
    links = [link for permission, link in _offers(row) if request.actor.may(permission)]
    main = next((link for link in links if link.leads), None)
    return main, [link for link in links if link is not main]


def act_url(name: str, row: Row) -> str:
    """This function will return the address of something that can be done with a subscription."""
    return reverse(f"office:{name}", args=[public_id(SUBSCRIPTION, row["id"])])


def _offers(row: Row) -> list[tuple[Permission, Link]]:
    state = row["state"]
    edit = Link(label=_("Edit"), url=act_url("subscription-edit", row), icon="pencil", dialog=state != "draft")
    change = Link(
        label=_("Change plan"),
        url=act_url("subscription-change", row),
        icon="refresh",
        leads=state in {"active", "trial"},
    )
    cancel = Link(
        label=_("Discard draft") if state == "draft" else _("Cancel subscription"),
        url=act_url("subscription-cancel", row),
        icon="stop",
        tone="danger",
    )
    if state == "draft":
        activate = Link(label=_("Activate"), url=act_url("subscription-activate", row), icon="check", leads=True)
        return [(_CHANGE, activate), (_DRAFT, edit), (_CHANGE, cancel)]
    if state not in _LIVE:
        return [(_CHANGE, edit)]
    ahead = Link(
        label=_("What if it ended?"),
        url=f"{reverse('office:what-if')}?subscription={public_id(SUBSCRIPTION, row['id'])}",
        icon="eye",
        dialog=False,
    )
    offers = [(_CHANGE, change), *_of_state(row), (_CHANGE, edit)]
    if not row["cancelled_at"]:
        offers.append((Permission.RUN_BILLING, ahead))
    return offers if row["cancelled_at"] else [*offers, (_CHANGE, cancel)]


def _of_state(row: Row) -> list[tuple[Permission, Link]]:
    """What leads from one state to another."""
    state = row["state"]
    if state == "paused":
        return [(_CHANGE, Link(label=_("Resume"), url=act_url("subscription-resume", row), icon="repeat", leads=True))]
    if state == "suspended":
        lift = Link(label=_("Lift suspension"), url=act_url("subscription-lift", row), icon="check", leads=True)
        return [(_CHANGE, lift)]
    if state == "active":
        pause = Link(label=_("Pause"), url=act_url("subscription-pause", row), icon="pause")
        suspend = Link(label=_("Suspend service"), url=act_url("subscription-suspend", row), icon="lock")
        return [(_CHANGE, suspend)] if row["paused_date"] else [(_CHANGE, pause), (_CHANGE, suspend)]
    return []
