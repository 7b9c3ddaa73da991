"""Messages that leave, and what became of each delivery."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from tallystick.correspondence.letter_models import PaperLetter
from tallystick.foundation.ids import new_id

__all__ = ["Attachment", "Delivery", "Message", "PaperLetter", "SentStatement"]


class Message(models.Model):
    """One e-mail to one address. `unique_key` makes "this mail for this thing to this address" happen once (P11)."""

    class State(models.TextChoices):
        """`failed` is given up after the last try; `bounced` was refused for good by the recipient's side; `dropped`
        was not sent, because what it says was true no more.
        """

        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"
        BOUNCED = "bounced"
        DROPPED = "dropped"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=40)
    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    about_kind = models.CharField(max_length=30, blank=True)
    about_id = models.UUIDField(null=True)
    recipient_name = models.CharField(max_length=200, blank=True)
    recipient_email = models.EmailField()
    subject = models.CharField(max_length=200)
    text_body = models.TextField()
    html_body = models.TextField()
    unique_key = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    # How often it was sent on purpose, and how often the present sending was tried.
    sending = models.PositiveSmallIntegerField(default=1)
    tries = models.PositiveSmallIntegerField(default=0)
    # Before this moment nobody tries: another one is at it, or the other side asked for patience.
    next_try_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="messages_newest_first"),
            models.Index(fields=["customer", "-created_at", "-id"], name="messages_of_customer"),
            models.Index(fields=["kind", "-created_at", "-id"], name="messages_of_kind"),
            models.Index(fields=["state", "-created_at", "-id"], name="messages_by_state"),
            models.Index(fields=["about_id", "-created_at", "-id"], name="messages_about_object"),
        ]
        constraints = [
            models.UniqueConstraint("unique_key", Lower("recipient_email"), name="each_mail_once_per_address"),
            models.CheckConstraint(
                name="message_headers_are_one_line",
                condition=~Q(subject__regex=r"[\r\n]")
                & ~Q(recipient_name__regex=r"[\r\n]")
                & ~Q(recipient_email__regex=r"[\r\n]"),
            ),
            models.CheckConstraint(
                name="message_is_about_a_whole_thing",
                condition=Q(about_kind="", about_id=None) | (~Q(about_kind="") & Q(about_id__isnull=False)),
            ),
            models.CheckConstraint(name="sent_message_is_dated", condition=~Q(state="sent") | Q(sent_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.recipient_email}"


class Attachment(models.Model):
    """A document that goes with a message. Its bytes are not kept: the same facts draw the same document again."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments", db_index=False)
    position = models.PositiveSmallIntegerField()
    # What it is a document of, such as ("invoice", its id).
    document_kind = models.CharField(max_length=30)
    document_id = models.UUIDField()
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "position"], name="one_attachment_per_position"),
            models.CheckConstraint(
                name="attachment_name_is_plain", condition=Q(name__regex="^[A-Za-z0-9][A-Za-z0-9._-]*$")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SentStatement(models.Model):
    """A statement of account that went by mail: what it covers, as the books were known, between both parties.

    The books are append-only, so the same statement can be drawn from them again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    # None is from the beginning.
    from_date = models.DateField(null=True)
    until_date = models.DateField()
    # What was recorded at this moment or later is not in it.
    known_before = models.DateTimeField()
    seller = models.JSONField()
    buyer = models.JSONField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="statement_days_are_in_order", condition=Q(from_date=None) | Q(from_date__lte=F("until_date"))
            ),
        ]

    def __str__(self) -> str:
        return f"until {self.until_date}"


class Delivery(models.Model):
    """One try to hand a message over, or a notice that it came back, and what the other side said."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries")
    at = models.DateTimeField()
    accepted = models.BooleanField()
    transport = models.CharField(max_length=20)
    answer = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.transport} at {self.at}"
