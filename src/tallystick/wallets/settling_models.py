"""Invoices and prepaid money: those for what was used beyond it (J20), and those that it paid (J21)."""

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
