"""The first administrator."""

import subprocess
import sys

import pytest

from tallystick.foundation import clock
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.models import AuditEntry, Role, User
from tallystick.foundation.permissions import staff_actor
from tallystick.foundation.staff import UserExists
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.roles import Permission
from tallystick.usecases.staff import add_administrator
from tests.conftest import OwnDatabase

PASSWORD = "correct horse battery"


def add(email: str = "Ada@Example.com", password: str = PASSWORD) -> None:
    add_administrator(actor=SYSTEM, at=clock.now(), email=email, name="Ada", password=password)


@pytest.mark.django_db
def test_an_administrator_may_do_everything() -> None:
    add()
    user = User.objects.get()
    assert (user.email, user.is_staff, user.check_password(PASSWORD)) == ("ada@example.com", True, True)
    assert Permission.MANAGE_STAFF in staff_actor(user).permissions
    assert AuditEntry.objects.get().action == "add_administrator"
    assert Role.objects.count() == 5


@pytest.mark.django_db
def test_a_taken_address_and_an_easy_password_leave_no_trace() -> None:
    add()
    with pytest.raises(UserExists):
        add("ada@example.com")
    with pytest.raises(InvalidField, match="too short"):
        add("bob@example.com", password="short")
    with pytest.raises(InvalidField, match="no e-mail address"):
        add("bob")
    assert User.objects.count() == 1
    assert AuditEntry.objects.count() == 1


@pytest.mark.processes
def test_the_command_creates_one(own_database: OwnDatabase) -> None:
    command = [sys.executable, "-m", "tallystick.interfaces.cli.main", "create-admin", "--email", "ada@example.com"]
    environment = {**own_database.environment, "TALLYSTICK_ADMIN_PASSWORD": PASSWORD}
    done = subprocess.run([*command, "--name", "Ada"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "ada@example.com may sign in at http://localhost:8000.\n")
    again = subprocess.run([*command, "--name", "Ada"], env=environment, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert again.stderr.startswith("Error: ada@example.com can sign in already.")
    assert User.objects.count() == 1
