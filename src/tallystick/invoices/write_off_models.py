"""What was given up of invoices, and what was owed again later."""

from django.db import models
from django.db.models import F, Q

from tallystick.foundation.ids import new_id


class WriteOff(models.Model):
    """A part of an issued invoice that was given up (J12), or that is owed again because it is paid after all (J13).

    Rows are written once: what is written off of an invoice is its write-offs less its recoveries.
    """

    class Kind(models.TextChoices):
        """Given up, or owed again."""

        WRITE_OFF = "write_off"
        RECOVERY = "recovery"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_minor = models.BigIntegerField()
    # How much of the amount is output tax that is not owed, or owed again (the setting for tax relief).
    tax_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    # Internal: customers never read why.
    reason = models.CharField(max_length=200)
    day = models.DateField()
    entry_id = models.UUIDField()
    written_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["invoice", "written_at", "id"], name="write_offs_of_invoice"),
            models.Index(fields=["-written_at", "-id"], name="write_offs_newest_first"),
            models.Index(fields=["customer", "-written_at", "-id"], name="write_offs_of_customer"),
        ]
        constraints = [
            models.CheckConstraint(name="write_off_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="write_off_has_no_more_tax_than_itself",
                condition=Q(tax_minor__gte=0, tax_minor__lte=F("amount_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_minor} {self.currency}"


class WriteOffTax(models.Model):
    """The output tax of one rate within a write-off or a recovery."""

    write_off = models.ForeignKey(WriteOff, on_delete=models.PROTECT, related_name="taxes", db_index=False)
    tax_rate = models.ForeignKey("catalog.TaxRate", on_delete=models.PROTECT, related_name="+", db_index=False)
    tax_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["write_off", "tax_rate"], name="one_tax_per_rate_and_write_off"),
            models.CheckConstraint(name="write_off_tax_is_positive", condition=Q(tax_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return str(self.tax_minor)
