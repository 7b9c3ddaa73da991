"""Disputes of payments."""

from django.db import models
from django.db.models import F, Q

from tallystick.foundation.ids import new_id


class Dispute(models.Model):
    """Money of a payment that its payer takes back through a bank or card network (`docs/model.md`, 17)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="+", db_index=False)
    # Kinds, states and the table of their changes are in `dispute_states`.
    kind = models.CharField(max_length=11)
    state = models.CharField(max_length=7)
    # The service that reports it, and its own id of it; empty when it was recorded by hand.
    account = models.ForeignKey(
        "gateways.GatewayAccount", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    external_id = models.CharField(max_length=120, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    fee_minor = models.BigIntegerField(default=0)
    fee_currency = models.CharField(max_length=3, blank=True)
    fee_returned = models.BooleanField(default=False)
    reason_code = models.CharField(max_length=60, blank=True)
    evidence_due_date = models.DateField(null=True)
    sort_date = models.DateField()  # in the list: open ones by the day on which evidence is due, then the decided
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    # A lost one: what was taken from the payment, and what was not there any more (account 6110).
    taken_minor = models.PositiveBigIntegerField(default=0)
    loss_minor = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["sort_date", "-id"], name="disputes_by_evidence_due"),
            models.Index(fields=["payment"], name="disputes_of_payment"),
            models.Index(fields=["payment"], condition=Q(state__in=["inquiry", "opened"]), name="open_disputes"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "external_id"], condition=~Q(external_id=""), name="each_dispute_once"
            ),
            models.CheckConstraint(name="dispute_amount_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="dispute_fee_has_its_currency",
                condition=Q(fee_minor=0, fee_currency="") | Q(fee_minor__gt=0, fee_currency__regex="^[A-Z]{3}$"),
            ),
            models.CheckConstraint(
                name="lost_dispute_was_taken",
                condition=Q(state="lost", amount_minor=F("taken_minor") + F("loss_minor"))
                | (~Q(state="lost") & Q(taken_minor=0, loss_minor=0)),
            ),
            models.CheckConstraint(
                name="decided_dispute_is_closed",
                condition=Q(state__in=["won", "lost"]) ^ Q(closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} {self.currency} {self.state}"
