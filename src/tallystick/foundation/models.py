"""The tables that every room stands on."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import columns, instances


class UserManager(BaseUserManager["User"]):
    """Makes users the way Django and allauth ask for it."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """This function will create a user; without a password only an e-mailed link or code signs in."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get(self, *args: Any, **fields: Any) -> "User":
        """This function will return the one user that fits. By `pk`, as each request asks for whoever is signed in, it
        is a statement that is kept prepared.

        Raises:
            User.DoesNotExist, User.MultipleObjectsReturned: when it is not one.
        """
        # The users of a role are asked through a class made from this one, which has to look among those alone.
        is_plain = type(self) is UserManager and not args and fields.keys() == {"pk"} and isinstance(fields["pk"], UUID)
        if not is_plain:
            return super().get(*args, **fields)
        found = instances(User, f"SELECT {columns(User)} FROM foundation_user WHERE id = %s", [fields["pk"]])  # noqa: S608 - our own columns
        if not found:
            raise User.DoesNotExist
        return found[0]


class User(AbstractBaseUser):
    """Somebody who can sign in: staff by roles, or a contact of customers (linked from `customers`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        """This function will return the name to greet with, or the address when no name is known."""
        return self.name or self.email

    def get_short_name(self) -> str:
        """This function will return the same as `get_full_name`: names are not taken apart."""
        return self.get_full_name()


class Role(models.Model):
    """A named set of permissions that can be recombined (`docs/model.md`, 32)."""

    # What it is called outside, and in the trail.
    public_uuid = models.UUIDField(unique=True, default=new_id, db_default=RandomUUID(), editable=False)
    name = models.CharField(max_length=60, unique=True)
    permissions = ArrayField(models.CharField(max_length=60), default=list)
    # Which of the roles that come with the product it is, whatever it is called now; empty for the business's own. And
    # what the product gave that role when its permissions were last chosen: unlike these, they were recombined here.
    built_in = models.CharField(max_length=60, blank=True, default="", db_default="")
    offered = ArrayField(models.CharField(max_length=60), default=list, db_default=[])
    users = models.ManyToManyField(User, related_name="roles", blank=True)

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A program's key: only its hash is kept. `scope_kind` and `scope_id` narrow what it can see, if set."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    # The part of the key that may be shown; the rest is known to its holder alone.
    prefix = models.CharField(max_length=16, unique=True)
    secret_sha256 = models.BinaryField(max_length=32)
    permissions = ArrayField(models.CharField(max_length=60), default=list)
    scope_kind = models.CharField(max_length=20, blank=True)
    scope_id = models.UUIDField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="api_key_scope_is_whole",
                condition=Q(scope_kind="", scope_id=None) | (~Q(scope_kind="") & Q(scope_id__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotencyRecord(models.Model):
    """The first answer to a request with this key, by principal: a repeat reads it, never acts again."""

    id = models.BigAutoField(primary_key=True)
    principal = models.CharField(max_length=60)
    key = models.CharField(max_length=255)
    request_sha256 = models.BinaryField(max_length=32)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "key"], name="one_answer_per_idempotency_key")]

    def __str__(self) -> str:
        return f"{self.principal} {self.key}"


class AuditEntry(models.Model):
    """Who did what, when, from what to what. Append-only: a trigger refuses changes."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=60)
    actor_label = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["object_id", "id"], name="audit_of_object")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label}: {self.action}"


class Setting(models.Model):
    """A setting that differs from its default (`foundation.settings_store` declares and types them)."""

    name = models.CharField(max_length=80, primary_key=True)
    value = models.JSONField()

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """What somebody shows of a list, under a name: its filters and order, as the parameters of its address."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    list_name = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    # Whose it is, as idempotency records name principals; a shared one is everybody's.
    owner = models.CharField(max_length=60)
    owner_label = models.CharField(max_length=200)
    is_shared = models.BooleanField()
    # Pairs of a name and a value.
    parameters = models.JSONField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "list_name", Lower("name"), name="one_shared_view_of_a_name", condition=Q(is_shared=True)
            ),
            models.UniqueConstraint(
                "owner", "list_name", Lower("name"), name="one_own_view_of_a_name", condition=Q(is_shared=False)
            ),
            models.CheckConstraint(name="saved_view_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return f"{self.list_name}: {self.name}"


class Logo(models.Model):
    """A logo of the business. Documents that were issued with it name it by its hash, so it stays when it changes."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    media_type = models.CharField(max_length=40)
    content = models.BinaryField()
    width_for_height = models.DecimalField(max_digits=7, decimal_places=4)
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.media_type} {self.sha256[:8]}"


class NumberSeries(models.Model):
    """The last number given out in a gap-free series, such as the invoices of one year."""

    name = models.CharField(max_length=60, primary_key=True)
    last = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} {self.last}"
