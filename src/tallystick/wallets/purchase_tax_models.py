"""The tax documents of purchases that were paid from wallets (J20): what was used, and a document for each month."""

from django.db import models
from django.db.models import F, Q

from tallystick.foundation.ids import new_id


class PurchaseTaxDocument(models.Model):
    """The tax invoice of a month's purchases, less credits, as far as their tax was due on use. It posts nothing.

    Its amounts are below 0 where credits of earlier purchases are more than the purchases.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT, related_name="+", db_index=False)
    # Gap-free, in a series of its own.
    number = models.CharField(max_length=30, unique=True)
    # A calendar month: its first day, and the first one of the next.
    period_start = models.DateField()
    period_end = models.DateField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    document_date = models.DateField()
    # Both parties as they were then.
    seller = models.JSONField()
    buyer = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wallet", "period_start"], name="one_purchase_tax_document_per_month"),
            models.CheckConstraint(
                name="purchase_tax_document_is_of_a_month",
                condition=Q(period_start__day=1, period_end__day=1, period_end__gt=F("period_start")),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PurchaseTaxLine(models.Model):
    """What such a document has of one tax rate: how many purchases and credits, and their sums."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(PurchaseTaxDocument, on_delete=models.PROTECT, related_name="lines", db_index=False)
    tax_rate = models.ForeignKey("catalog.TaxRate", on_delete=models.PROTECT, related_name="+", db_index=False)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4)
    purchases = models.PositiveIntegerField()
    credits = models.PositiveIntegerField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "tax_rate", "tax_percent"], name="one_line_per_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.net_minor} + {self.tax_minor}"


class TaxedUse(models.Model):
    """What a purchase (J18) took of money whose tax is due on use; below 0 what a credit of it gave back (J19)."""

    id = models.BigAutoField(primary_key=True)
    charge = models.ForeignKey("wallets.Charge", on_delete=models.PROTECT, related_name="+")
    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT, related_name="+", db_index=False)
    used_date = models.DateField()
    # The tax is within it.
    gross_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    # None until a document has it; then it never changes again.
    document = models.ForeignKey(
        PurchaseTaxDocument, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["wallet", "used_date"], condition=Q(document=None), name="uses_without_document"),
            models.Index(fields=["document"], condition=Q(document__isnull=False), name="uses_of_document"),
        ]
        constraints = [
            models.CheckConstraint(
                name="taxed_use_has_one_sign",
                condition=Q(gross_minor__gt=0, tax_minor__gte=0) | Q(gross_minor__lte=0, tax_minor__lte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gross_minor} on {self.used_date}"
