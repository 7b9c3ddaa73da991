"""What waits for a second person."""

from django.db import models
from django.db.models import F, Q

from tallystick.foundation.ids import new_id


class ApprovalRequest(models.Model):
    """An act above the business's limit that waits for a second person (`docs/model.md`, 32). Decided once, and kept.

    The payment stays as it is meanwhile.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # `record`, `mark_paid` or `refund`, with what it was asked with, as plain values.
    act = models.CharField(max_length=10)
    arguments = models.JSONField()
    # The payment that it is about, and what it was like; a payment that is to be recorded is not there yet.
    payment = models.ForeignKey(
        "payments.Payment", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seen = models.JSONField(null=True)
    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, default="waiting")
    # The person, such as `staff:…`: a key counts as whoever made it.
    asked_by = models.CharField(max_length=60)
    asked_label = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=60, blank=True)
    decided_label = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    # The payment that came of it: the one it is about, the one that was recorded, or the refund.
    result = models.ForeignKey(
        "payments.Payment", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="approvals_newest_first"),
            models.Index(fields=["asked_at", "id"], condition=Q(state="waiting"), name="approvals_waiting"),
            models.Index(fields=["payment", "-asked_at"], name="approvals_of_payment"),
            models.Index(fields=["customer", "-asked_at", "-id"], name="approvals_of_customer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["payment"], condition=Q(state="waiting"), name="one_waiting_approval_per_payment"
            ),
            models.CheckConstraint(name="approval_amount_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="approved_by_another_person", condition=~Q(state="approved") | ~Q(decided_by=F("asked_by"))
            ),
            models.CheckConstraint(
                name="approval_is_decided_whole",
                condition=Q(state="waiting", decided_by="", decided_at=None, result=None)
                | (Q(state="approved", decided_at__isnull=False, result__isnull=False) & ~Q(decided_by=""))
                | (Q(state="declined", decided_at__isnull=False, result=None) & ~Q(decided_by="") & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.amount_minor} {self.currency} {self.state}"
