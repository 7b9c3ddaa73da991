"""Accounts at payment services, and the inbox of their raw messages."""

from django.db import models
from django.db.models import Q

from tallystick.foundation.ids import new_id
from tallystick.gateways import message_states
from tallystick.gateways.port import LONGEST_FACT


class GatewayAccount(models.Model):
    """Our account at a payment service. Uniqueness of everything foreign is per account (S36)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # The adapter, such as "sandbox"; and what people call this account.
    adapter = models.CharField(max_length=30)
    name = models.CharField(max_length=60, unique=True)
    # What the adapter needs: address, keys, webhook secrets. Never shown, never logged.
    configuration = models.JSONField()
    is_live = models.BooleanField(default=True)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    # The high-water mark of asking for changes: whatever changed there until then was found. By the service's clock.
    changes_found_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class InboxMessage(models.Model):
    """A message as it came, or a change as it was listed: verified and stored before anything acts on it."""

    class State(models.TextChoices):
        """`stored` waits to be acted upon; `unmatched` waits for staff: it does not fit what we hold."""

        STORED = message_states.STORED
        HANDLED = message_states.HANDLED
        IGNORED = message_states.IGNORED
        UNMATCHED = message_states.UNMATCHED
        CLOSED = message_states.CLOSED

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=60)
    # What it is about, and our own reference in it, as the adapter read them.
    about = models.CharField(max_length=10)
    reference = models.CharField(max_length=120, blank=True)
    # The service's id of the thing and its state: two rows with the same fact tell the same.
    fact = models.CharField(max_length=LONGEST_FACT, blank=True, db_default="")
    headers = models.JSONField()
    body = models.BinaryField()
    body_sha256 = models.BinaryField(max_length=32)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.STORED)
    handled_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=300, blank=True)
    # Why staff are done with it, while it is closed.
    closed_reason = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["received_at"], condition=Q(state__in=["stored", "unmatched"]), name="waiting_messages"
            ),
            models.Index(fields=["received_at"], condition=Q(state="closed"), name="closed_messages"),
            models.Index(fields=["account", "fact"], name="messages_by_fact"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "external_id"], name="each_message_once"),
            models.CheckConstraint(
                name="closed_message_has_a_reason",
                condition=Q(state="closed") & ~Q(closed_reason="") | ~Q(state="closed") & Q(closed_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"
