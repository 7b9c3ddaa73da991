"""Who works here: the list, and a page for each with what can be done about that person's access."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.foundation import roles, staff
from tallystick.foundation.staff import Member
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, Text, asked, carry_out
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.permissions import words_of
from tallystick.interfaces.kit.forms import KitForm, choose_among
from tallystick.usecases import recombine
from tallystick.usecases import staff as members
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import member_id_of
from tallystick.wire.staff import MemberShape, factor_words

_FACTORS = {"app": gettext_lazy("Authenticator app"), "passkey": gettext_lazy("Passkey")}


class RolesForm(KitForm):
    """The roles of somebody: those that the actor may give."""

    roles = forms.MultipleChoiceField(label=gettext_lazy("Roles"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, may: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {each.name: each.id for each in roles.all_roles() if each.permissions <= may}
        choose_among(self, "roles", [(name, name) for name in self.offered])

    def clean_roles(self) -> list[UUID]:
        """This function will return the ids of the roles that were chosen."""
        return [self.offered[name] for name in self.cleaned_data["roles"]]


class InviteForm(RolesForm):
    """Somebody who shall work here."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    email = forms.EmailField(label=gettext_lazy("E-mail address"))
    field_order = ("name", "email", "roles")


@require_safe
@page(Permission.MANAGE_STAFF)
def staff_list(request: StaffRequest) -> HttpResponse:
    """This function will show who works here, in which roles, and who did."""
    people = [
        {"facts": each, "url": addresses.object_url("user", each.id), "factors": _factors(each)}
        for each in sorted(staff.members(), key=lambda each: not each.is_active)
    ]
    context = {
        "people": people,
        "roles": Link(label=_("Roles"), url=reverse("office:roles"), icon="shield", dialog=False),
        "invite": Link(label=_("Invite"), url=reverse("office:invite-staff"), icon="plus"),
    }
    return render(request, "backoffice/staff.html", context)


@page(Permission.MANAGE_STAFF)
def invite(request: StaffRequest) -> HttpResponse:
    """This function will add a member of staff, who chooses a password by an e-mailed link."""
    act = Act(
        title=_("Invite a member of staff"),
        lead=_("A link to choose a password is sent by e-mail."),
        submit=_("Send invitation"),
        back=reverse("office:staff"),
        done=_("The invitation is on its way."),
    )
    return carry_out(
        request,
        act,
        InviteForm(request.POST or None, may=recombine.may_give(request.actor)),
        lambda told: members.invite_member(
            **asked(request), email=told["email"], name=told["name"], role_ids=told["roles"]
        ),
    )


@require_safe
@page(Permission.MANAGE_STAFF)
def member(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a member of staff, what that person may, and what happened to the access."""
    person = staff.member(member_id_of(public))
    links = _links(request, person, public)
    context = {
        "person": person,
        "roles": [
            {"name": name, "url": addresses.object_url("role", role_id)}
            for role_id, name in zip(person.role_ids, person.roles, strict=True)
        ],
        "groups": words_of(person.permissions),
        "factors": _factors(person),
        "is_self": request.actor.id == str(person.id),
        "main": links[0] if links else None,
        "others": links[1:],
        "history": history(request, "user", person.id),
    }
    return render(request, "backoffice/member.html", context)


@page(Permission.MANAGE_STAFF)
def give_roles(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give a member of staff other roles."""
    person = staff.member(member_id_of(public))
    act = Act(
        title=_("Roles of %(name)s") % {"name": person.called},
        lead=_("They count from the next click of that person on."),
        submit=_("Save roles"),
        back=addresses.object_url("user", person.id),
        done=_("The roles are changed."),
    )
    form = RolesForm(
        request.POST or None,
        may=recombine.may_give(request.actor),
        initial={"roles": person.roles},
    )
    return carry_out(
        request,
        act,
        form,
        lambda told: members.give_roles(**asked(request), member_id=person.id, role_ids=told["roles"]),
    )


@page(Permission.MANAGE_STAFF)
def deactivate(request: StaffRequest, public: str) -> HttpResponse:
    """This function will keep a member of staff out."""
    person = staff.member(member_id_of(public))
    return _switched(
        request,
        person,
        members.deactivate_member,
        title=_("Deactivate %(name)s?") % {"name": person.called},
        submit=_("Deactivate"),
        tone="danger",
        happens=[
            _("The next click of that person leads to the sign-in page, which lets nobody in who is deactivated."),
            _("API keys that this person made stop working."),
            _("What this person did stays in the records. You can let the person in again at any time."),
        ],
        done=_("%(name)s can sign in no more.") % {"name": person.called},
    )


@page(Permission.MANAGE_STAFF)
def reactivate(request: StaffRequest, public: str) -> HttpResponse:
    """This function will let a member of staff in again."""
    person = staff.member(member_id_of(public))
    return _switched(
        request,
        person,
        members.reactivate_member,
        title=_("Reactivate %(name)s?") % {"name": person.called},
        submit=_("Reactivate"),
        happens=[
            _("The person signs in as before, and has the roles of before."),
            _("API keys that this person made and nobody revoked work again."),
        ],
        done=_("%(name)s can sign in again.") % {"name": person.called},
    )


@page(Permission.MANAGE_STAFF)
def reset_second_factor(request: StaffRequest, public: str) -> HttpResponse:
    """This function will remove somebody's passkeys, app and recovery codes."""
    person = staff.member(member_id_of(public))
    return _switched(
        request,
        person,
        members.reset_second_factor,
        title=_("Reset the second factor of %(name)s?") % {"name": person.called},
        lead=_("Make sure that it is this person who asks you: by telephone, or face to face."),
        submit=_("Reset second factor"),
        tone="danger",
        happens=[
            _("Passkeys, authenticator app and recovery codes of that person are removed."),
            _("The password alone signs in until a new one is set up."),
            _("The person is told so by e-mail."),
        ],
        done=_("The second factor is reset, and a mail is on its way."),
    )


def _switched(
    request: StaffRequest,
    person: Member,
    do: Callable[..., MemberShape],
    *,
    title: str,
    submit: str,
    done: str,
    happens: list[Text],
    lead: str = "",
    tone: str = "primary",
) -> HttpResponse:
    act = Act(
        title=title,
        lead=lead,
        submit=submit,
        tone=tone,
        back=addresses.object_url("user", person.id),
        happens=happens,
        done=done,
    )
    return carry_out(
        request, act, KitForm(request.POST or None), lambda _told: do(**asked(request), member_id=person.id)
    )


def _links(request: StaffRequest, person: Member, public: str) -> list[Link]:
    """What the actor can do about somebody: nothing where that person may more, and some things never to oneself."""
    if not person.permissions <= recombine.may_give(request.actor):
        return []

    def link(label: str, name: str, icon: str, tone: str = "") -> Link:
        return Link(label=label, url=reverse(f"office:{name}", args=[public]), icon=icon, tone=tone)

    links = [link(_("Change roles"), "member-roles", "shield")]
    if str(person.id) == request.actor.id:
        return links
    if person.second_factors:
        links.append(link(_("Reset second factor"), "member-second-factor", "key"))
    if person.is_active:
        links.append(link(_("Deactivate"), "member-deactivate", "lock", "danger"))
    else:
        links.append(link(_("Reactivate"), "member-reactivate", "undo"))
    return links


def _factors(person: Member) -> list[str]:
    return [str(_FACTORS[word]) for word in factor_words(person.second_factors)]
