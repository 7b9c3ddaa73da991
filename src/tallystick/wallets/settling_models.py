"""Documents of prepaid money: for what was used beyond it (J20), for what it paid (J21), and of tax on top-up (J16)."""

from django.db import models
from django.db.models import Q

from tallystick.foundation.ids import new_id


class UsageInvoice(models.Model):
    """The extra facts of an invoice for what charges took beyond prepaid money.

    Its lot stands for that usage from then on, as if it had been paid in: what is credited of it comes back there.
    """

    invoice = models.OneToOneField("invoices.Invoice", primary_key=True, on_delete=models.PROTECT, related_name="+")
    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT, related_name="+", db_index=False)
    lot = models.OneToOneField("wallets.Lot", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.invoice_id)


class TaxDocument(models.Model):
    """The tax invoice of an amount that was paid in where tax is due on top-up; void once its lot is taken back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    lot = models.OneToOneField("wallets.Lot", on_delete=models.PROTECT, related_name="+")
    # Gap-free, in a series of its own.
    number = models.CharField(max_length=30, unique=True)
    tax_rate = models.ForeignKey("catalog.TaxRate", on_delete=models.PROTECT, related_name="+", db_index=False)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    document_date = models.DateField()
    # Both parties as they were then.
    seller = models.JSONField()
    buyer = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="tax_document_has_its_amounts", condition=Q(net_minor__gt=0, tax_minor__gte=0)),
        ]

    def __str__(self) -> str:
        return self.number


class WalletDraw(models.Model):
    """A part of an invoice that a wallet paid, from its paid lots."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_minor = models.BigIntegerField()
    entry_id = models.UUIDField()
    drawn_at = models.DateTimeField()
    # The invoice is open again, and the money is back in the wallet.
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["invoice"], name="wallet_draws_of_invoice")]
        constraints = [
            models.CheckConstraint(name="wallet_draw_is_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} for {self.invoice_id}"


class WalletDrawPart(models.Model):
    """What such a payment took of one lot."""

    id = models.BigAutoField(primary_key=True)
    wallet_draw = models.ForeignKey(WalletDraw, on_delete=models.PROTECT, related_name="parts", db_index=False)
    lot = models.ForeignKey("wallets.Lot", on_delete=models.PROTECT, related_name="+")
    minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wallet_draw", "lot"], name="one_part_per_lot"),
            models.CheckConstraint(name="wallet_draw_part_is_positive", condition=Q(minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.minor} of {self.lot_id}"
