"""Letters on paper: written by us, printed and sent by staff."""

from django.db import models
from django.db.models import Q

from tallystick.foundation.ids import new_id


class PaperLetter(models.Model):
    """One letter to a customer. `unique_key` makes "this letter for this thing" happen once (P11).

    What it says is kept as it was written, and drawn from that whenever somebody wants it (migration 0005).
    """

    class State(models.TextChoices):
        """It waits for staff, who print it; or it is dropped, because what it says was true no more."""

        WAITING = "waiting"
        PRINTED = "printed"
        DROPPED = "dropped"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=40)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    about_kind = models.CharField(max_length=30)
    about_id = models.UUIDField()
    unique_key = models.CharField(max_length=120, unique=True)
    title = models.CharField(max_length=200)
    facts = models.JSONField()
    written_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=200, blank=True)
    # Why it was dropped.
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-written_at", "-id"], name="letters_newest_first"),
            models.Index(fields=["state", "-written_at", "-id"], name="letters_by_state"),
            models.Index(fields=["about_id", "-written_at", "-id"], name="letters_about_object"),
        ]
        constraints = [
            models.CheckConstraint(
                name="letter_is_settled_once",
                condition=Q(state="waiting", settled_at=None)
                | Q(state__in=["printed", "dropped"], settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title
