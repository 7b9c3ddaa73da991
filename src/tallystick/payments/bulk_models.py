"""One act on many payments: what is to be done, to which of them, and what became of each."""

from django.db import models
from django.db.models import Q

from tallystick.foundation.ids import new_id


class BulkAct(models.Model):
    """An act of somebody on many payments, each by itself. Who it was stands in the trail."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    action = models.CharField(max_length=20)
    # What the act takes beside the payment, as plain JSON.
    facts = models.JSONField()
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=200)
    # The one customer that whoever began it may see.
    scope = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.action


class BulkRow(models.Model):
    """A payment of a bulk act: it waits, it is done, or it was refused, and why."""

    id = models.BigAutoField(primary_key=True)
    act = models.ForeignKey(BulkAct, on_delete=models.PROTECT, related_name="rows", db_index=False)
    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, default="waiting")
    code = models.CharField(max_length=60, blank=True)
    sentence = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["act", "state", "id"], name="bulk_rows_of_act")]
        constraints = [
            models.UniqueConstraint(fields=["act", "payment"], name="each_payment_once_in_an_act"),
            models.CheckConstraint(
                name="refused_row_says_why",
                condition=Q(state__in=["waiting", "done"], code="") | (Q(state="refused") & ~Q(code="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.state}"
