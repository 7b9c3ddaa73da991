"""Messages that leave, and what became of each delivery."""

from django.db import models
from django.db.models import Q

from tallystick.customers.models import Customer
from tallystick.foundation.ids import new_id


class Message(models.Model):
    """One e-mail to one address. `unique_key` makes "this mail for this thing" happen once (P11)."""

    class State(models.TextChoices):
        """`failed` is given up after the last retry; `bounced` was refused by the recipient's server."""

        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"
        BOUNCED = "bounced"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=40)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    about_kind = models.CharField(max_length=30, blank=True)
    about_id = models.UUIDField(null=True, db_index=True)
    recipient_name = models.CharField(max_length=200, blank=True)
    recipient_email = models.EmailField()
    subject = models.CharField(max_length=300)
    text_body = models.TextField()
    html_body = models.TextField()
    unique_key = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="messages_newest_first"),
            models.Index(fields=["customer", "-created_at"], name="messages_of_customer"),
        ]
        constraints = [
            models.CheckConstraint(name="subject_is_one_line", condition=~Q(subject__regex=r"[\r\n]")),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.recipient_email}"


class Delivery(models.Model):
    """One try to hand a message over, and what the other side said."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries")
    at = models.DateTimeField()
    accepted = models.BooleanField()
    transport = models.CharField(max_length=20)
    answer = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.transport} at {self.at}"
