"""Roles: who has which, what each may do in words, and recombining them."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.foundation import roles
from tallystick.foundation.errors import NotAllowed
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.permissions import PermissionForm, words_of
from tallystick.usecases import recombine
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import role_id_of
from tallystick.wire.permissions import GROUPS


class RoleForm(PermissionForm):
    """What a role is called and may do."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=recombine.LONGEST_NAME)
    chooses_nothing = gettext_lazy("Choose at least one thing that the role may do.")


@require_safe
@page(Permission.MANAGE_STAFF)
def role_list(request: StaffRequest) -> HttpResponse:
    """This function will show all roles, who has them, and beside one another what they may do."""
    found = roles.all_roles()
    may = recombine.may_give(request.actor)
    matrix = [
        {
            "title": _(title),
            "rows": [
                {
                    "sentence": _(sentence),
                    "cells": [word in role.permissions for role in found],
                    "held_by": ", ".join(role.name for role in found if word in role.permissions),
                }
                for word, sentence in sentences.items()
            ],
        }
        for title, sentences in GROUPS.items()
    ]
    shown = [
        {
            "name": role.name,
            "url": addresses.object_url("role", role.id) if role.permissions <= may else "",
            "holders": [
                {"name": each.name, "url": addresses.object_url("user", each.id), "is_active": each.is_active}
                for each in role.holders
            ],
        }
        for role in found
    ]
    new = Link(label=_("New role"), url=reverse("office:new-role"), icon="plus", dialog=False)
    news = [
        {"role": role["name"], "url": role["url"], "sentences": _sentences(recombine.new_to(each))}
        for role, each in zip(shown, found, strict=True)
        if recombine.new_to(each)
    ]
    context = {"roles": shown, "matrix": matrix, "width": len(found) + 2, "new": new, "news": news}
    return render(request, "backoffice/roles.html", context)


@page(Permission.MANAGE_STAFF)
def new_role(request: StaffRequest) -> HttpResponse:
    """This function will add a role."""
    act = Act(
        title=_("New role"),
        lead=_("Nobody has it until you give it to somebody."),
        submit=_("Create role"),
        back=reverse("office:roles"),
        done=_("The role is there."),
    )
    form = RoleForm(request.POST or None, may=recombine.may_give(request.actor))
    return carry_out(
        request,
        act,
        form,
        lambda told: recombine.create_role(**asked(request), name=told["name"], permissions=told["permissions"]),
        template="backoffice/role_form.html",
    )


@page(Permission.MANAGE_STAFF)
def edit_role(request: StaffRequest, public: str) -> HttpResponse:
    """This function will rename a role, or change what it may do."""
    role = roles.role(role_id_of(public))
    may = recombine.may_give(request.actor)
    if beyond := sorted(role.permissions - may):
        raise NotAllowed(permission=beyond[0])
    act = Act(
        title=role.name,
        lead=_("What you change counts from the next click on of everybody who has the role."),
        submit=_("Save role"),
        back=reverse("office:roles"),
        done=_("The role is changed."),
    )
    form = RoleForm(request.POST or None, may=may, has=role.permissions, initial={"name": role.name})
    return carry_out(
        request,
        act,
        form,
        lambda told: recombine.change_role(
            **asked(request), role_id=role.id, name=told["name"], permissions=told["permissions"]
        ),
        template="backoffice/role_form.html",
        context={"history": history(request, "role", role.id), "holders": [each.name for each in role.holders]},
    )


def _sentences(permissions: frozenset[str]) -> list[str]:
    return [sentence for group in words_of(permissions) for sentence in group["sentences"]]
