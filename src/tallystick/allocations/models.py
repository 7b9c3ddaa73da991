"""What payments are meant for, and what settles which invoice."""

from django.db import models
from django.db.models import Q

from tallystick.foundation.ids import new_id


class Target(models.Model):
    """What a payment is meant for until it completes: an invoice, and how much of it."""

    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="targets", db_index=False)
    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_minor = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["invoice"], name="targets_of_invoice")]
        constraints = [
            models.UniqueConstraint(fields=["payment", "invoice"], name="one_target_per_invoice"),
            models.CheckConstraint(name="target_is_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} for {self.invoice_id}"


class Reservation(models.Model):
    """A live attempt holds its invoices: while the row stands no other attempt can be made at the same debt."""

    invoice = models.OneToOneField("invoices.Invoice", primary_key=True, on_delete=models.PROTECT, related_name="+")
    attempt = models.ForeignKey("payments.Attempt", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.invoice_id} by {self.attempt_id}"


class Allocation(models.Model):
    """A part of a payment or credit note set against an invoice of the same payer in the same currency."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(
        "payments.Payment", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    credit_note = models.ForeignKey(
        "invoices.CreditNote", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    entry_id = models.UUIDField()
    allocated_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["payment"], condition=Q(payment__isnull=False), name="allocations_of_payment"),
            models.Index(
                fields=["credit_note"], condition=Q(credit_note__isnull=False), name="allocations_of_credit_note"
            ),
            models.Index(fields=["invoice"], name="allocations_of_invoice"),
        ]
        constraints = [
            models.CheckConstraint(name="allocation_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="allocation_has_one_source",
                condition=Q(payment__isnull=False, credit_note=None) | Q(payment=None, credit_note__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} on {self.invoice_id}"


class SmallDifference(models.Model):
    """A few cents written to account 6800: what an invoice lacks (short), or what a payment has too much (over)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    invoice = models.ForeignKey("invoices.Invoice", null=True, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey("payments.Payment", null=True, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    entry_id = models.UUIDField()
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="small_difference_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="small_difference_has_one_side",
                condition=Q(invoice__isnull=False, payment=None) | Q(invoice=None, payment__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
