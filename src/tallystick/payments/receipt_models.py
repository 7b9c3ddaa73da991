"""Receipts as they were issued."""

from django.db import models

from tallystick.foundation.ids import new_id


class Receipt(models.Model):
    """The receipt of a completed payment or refund, as it was issued to a customer: what it says never changes.

    A payment that goes to another customer gets another one, under the same number.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=30)
    # Who writes to whom, and what: public texts only.
    facts = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "customer"], name="one_receipt_per_payment_and_customer")
        ]

    def __str__(self) -> str:
        return self.number
