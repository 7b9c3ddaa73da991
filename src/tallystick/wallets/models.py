"""Prepaid money in lots, and what was bought with it (decision 0019)."""

from django.db import models
from django.db.models import F, Q

from tallystick.foundation.ids import new_id
from tallystick.wallets.purchase_tax_models import PurchaseTaxDocument, PurchaseTaxLine, TaxedUse
from tallystick.wallets.settling_models import TaxDocument, UsageInvoice, WalletDraw, WalletDrawPart
from tallystick.wallets.voucher_models import Redemption, Voucher, VoucherBatch, VoucherBatchCustomer, WrongCode

# Django looks for all of them here.
__all__ = [
    "Charge",
    "Draw",
    "Lot",
    "PurchaseTaxDocument",
    "PurchaseTaxLine",
    "Redemption",
    "TaxDocument",
    "TaxedUse",
    "UsageInvoice",
    "Voucher",
    "VoucherBatch",
    "VoucherBatchCustomer",
    "Wallet",
    "WalletDraw",
    "WalletDrawPart",
    "WrongCode",
]


class Wallet(models.Model):
    """A customer's prepaid money in one currency. Whoever moves any of it holds this row locked.

    Account 2200 keeps what was used beyond all lots by this row's id, and what lots hold by theirs.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    # How far below zero an authorisation may bring it. A delivered service is recorded all the same.
    debit_limit_minor = models.BigIntegerField(default=0)
    # What charges took when nothing prepaid was left: above 0, the wallet reads as used beyond prepaid.
    beyond_minor = models.BigIntegerField(default=0)
    # A top-up that was spent went back to its payer: nothing is authorised until the wallet is filled.
    blocked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "currency"], name="one_wallet_per_currency"),
            models.CheckConstraint(name="debit_limit_is_not_negative", condition=Q(debit_limit_minor__gte=0)),
            models.CheckConstraint(name="beyond_is_not_negative", condition=Q(beyond_minor__gte=0)),
            models.CheckConstraint(name="wallet_currency_is_a_code", condition=Q(currency__regex="^[A-Z]{3}$")),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.currency}"


class Lot(models.Model):
    """A sum of prepaid money that came at once: by one allocation to a top-up request, by a voucher, or as a gift."""

    class Kind(models.TextChoices):
        """Paid money is in account 2200, promotional money in 2210: no income, no tax, no refund."""

        PAID = "paid"
        PROMOTIONAL = "promotional"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="lots", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount_minor = models.BigIntegerField()
    left_minor = models.BigIntegerField()
    # Tax was due when it was paid in (J16, tax on top-up): it holds the net amount, and its use is not taxed again.
    is_taxed = models.BooleanField(default=False, db_default=False)
    # What nobody used in time (J25).
    expired_minor = models.BigIntegerField(default=0, db_default=0)
    # A paid lot is opened by the allocation that provisioned a top-up request; any other says in words what it is.
    allocation = models.OneToOneField("allocations.Allocation", null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField()
    # The last day on which it can be used; none is for ever.
    expires_date = models.DateField(null=True)
    # It was taken back: its money is the customer's credit again.
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["wallet", "opened_at"], name="lots_of_wallet"),
            models.Index(
                fields=["wallet", "expires_date", "opened_at"], condition=Q(left_minor__gt=0), name="lots_to_draw_from"
            ),
            models.Index(fields=["expires_date", "id"], condition=Q(left_minor__gt=0), name="lots_that_expire"),
        ]
        constraints = [
            models.CheckConstraint(name="lot_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="lot_is_not_overdrawn",
                condition=Q(
                    left_minor__gte=0, expired_minor__gte=0, left_minor__lte=F("amount_minor") - F("expired_minor")
                ),
            ),
            models.CheckConstraint(
                name="lot_says_where_it_came_from",
                condition=Q(kind="paid", allocation__isnull=False) | (Q(allocation=None) & ~Q(source="")),
            ),
            models.CheckConstraint(
                name="only_paid_lots_are_taken_back",
                condition=Q(taken_back_at=None) | Q(kind="paid", left_minor=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.left_minor} of {self.amount_minor}"


class Charge(models.Model):
    """The extra facts of a payment of kind `charge`: its tax, who reported it, and what was credited back of it."""

    payment = models.OneToOneField("payments.Payment", primary_key=True, on_delete=models.PROTECT, related_name="+")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+", db_index=False)
    # The id by which the program that reports purchases knows this one; none for what staff enter.
    external_id = models.CharField(max_length=120, null=True)  # noqa: DJ001 - two without an id are not the same
    tax_rate = models.ForeignKey("catalog.TaxRate", on_delete=models.PROTECT, related_name="+", db_index=False)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    credited_minor = models.BigIntegerField(default=0)
    credited_tax_minor = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["wallet", "-payment"], name="charges_of_wallet")]
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="each_charge_is_reported_once"),
            models.CheckConstraint(
                name="charge_has_its_amounts",
                condition=Q(net_minor__gte=0, tax_minor__gte=0) & ~Q(external_id=""),
            ),
            models.CheckConstraint(
                name="charge_is_not_credited_above_its_total",
                condition=Q(
                    credited_tax_minor__gte=0,
                    credited_tax_minor__lte=F("tax_minor"),
                    credited_minor__gte=F("credited_tax_minor"),
                    credited_minor__lte=F("net_minor") + F("tax_minor"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.net_minor} + {self.tax_minor}"


class Draw(models.Model):
    """What a charge took of a lot, or of nothing that was prepaid; so that a credit goes back where it came from."""

    id = models.BigAutoField(primary_key=True)
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="draws", db_index=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+", db_index=False)
    # None is beyond all lots: a lot that fills the wallet takes such a draw over, in whole or in part.
    lot = models.ForeignKey(Lot, null=True, on_delete=models.PROTECT, related_name="draws")
    drawn_minor = models.BigIntegerField()
    returned_minor = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["wallet", "id"],
                condition=Q(lot=None, drawn_minor__gt=F("returned_minor")),
                name="draws_beyond_prepaid",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["charge", "lot"], nulls_distinct=False, name="one_draw_per_lot"),
            models.CheckConstraint(
                name="draw_is_not_returned_twice",
                condition=Q(returned_minor__gte=0, returned_minor__lte=F("drawn_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.drawn_minor}"
