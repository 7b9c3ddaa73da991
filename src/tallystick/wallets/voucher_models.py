"""Vouchers: batches of codes, and what was redeemed with them (B14, B17; `docs/model.md`, 21; decision 0022)."""

from django.db import models
from django.db.models import F, Q

from tallystick.foundation.ids import new_id


class VoucherBatch(models.Model):
    """Vouchers that were made together: what each of them gives, to whom, and how long."""

    class Gives(models.TextChoices):
        """Money of its own, so much more on a top-up, or a top-up times so much."""

        FREE = "free"
        ADDITIONAL = "additional"
        MULTIPLIER = "multiplier"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=20, unique=True)
    # Customers read it with what they got.
    name = models.CharField(max_length=80)
    remark = models.TextField(blank=True)
    # Sold to a reseller its vouchers are a liability (J24); else they are promotional credit (J23).
    is_sold = models.BooleanField()
    reseller = models.CharField(max_length=120, blank=True)
    gives = models.CharField(max_length=10, choices=Gives.choices)
    currency = models.CharField(max_length=3)
    # What a voucher gives, or adds to a top-up; of a multiplier the most that it adds.
    amount_minor = models.BigIntegerField()
    multiplier = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    # The smallest top-up that it adds to.
    minimum_topup_minor = models.BigIntegerField(default=0)
    quantity = models.PositiveIntegerField()
    code_alphabet = models.CharField(max_length=10)
    code_length = models.PositiveSmallIntegerField()
    # What the codes are drawn from, sealed; gone once nobody needs the codes any more.
    sealed_secret = models.TextField(blank=True)
    uses_per_voucher = models.PositiveIntegerField(default=1)
    # How many of the batch one customer may redeem; none is any number.
    uses_per_customer = models.PositiveIntegerField(null=True)
    # Both days included.
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    # How many days the money can be used after the day of redemption; none is for ever.
    lifetime_days = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    # When the reseller's money came, and how: until then no voucher of a sold batch can be redeemed.
    sold_at = models.DateTimeField(null=True)
    sold_date = models.DateField(null=True)
    sold_method = models.CharField(max_length=14, blank=True)
    deactivated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="voucher_batch_says_what_it_gives",
                condition=Q(gives="multiplier", multiplier__gt=1) | (~Q(gives="multiplier") & Q(multiplier=None)),
            ),
            models.CheckConstraint(
                name="voucher_amounts_are_positive",
                condition=Q(amount_minor__gt=0, minimum_topup_minor__gte=0),
            ),
            models.CheckConstraint(
                name="free_vouchers_need_no_topup", condition=~Q(gives="free") | Q(minimum_topup_minor=0)
            ),
            models.CheckConstraint(
                name="sold_vouchers_are_money",
                condition=Q(is_sold=False, sold_at=None)
                | (Q(is_sold=True, gives="free", uses_per_voucher=1) & ~Q(reseller="")),
            ),
            models.CheckConstraint(
                name="sale_of_vouchers_is_whole",
                condition=Q(sold_at=None, sold_date=None, sold_method="")
                | (Q(sold_at__isnull=False, sold_date__isnull=False) & ~Q(sold_method="")),
            ),
            models.CheckConstraint(
                name="voucher_counts_are_positive",
                condition=Q(quantity__gt=0, uses_per_voucher__gt=0)
                & (Q(uses_per_customer=None) | Q(uses_per_customer__gt=0))
                & (Q(lifetime_days=None) | Q(lifetime_days__gt=0)),
            ),
            models.CheckConstraint(
                name="vouchers_end_after_they_begin",
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
            ),
            models.CheckConstraint(name="voucher_currency_is_a_code", condition=Q(currency__regex="^[A-Z]{3}$")),
        ]

    def __str__(self) -> str:
        return self.number


class VoucherBatchCustomer(models.Model):
    """A customer who may redeem vouchers of a batch. A batch that names none is for everybody."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(VoucherBatch, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "customer"], name="each_customer_of_batch_once")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.customer_id}"


class Voucher(models.Model):
    """One code of a batch, by its number from 1: its hash, never the code, and how often it can still be redeemed."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(VoucherBatch, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    code_sha256 = models.BinaryField(max_length=32)
    uses_left = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code_sha256"], name="each_voucher_code_once"),
            models.UniqueConstraint(fields=["batch", "number"], name="each_voucher_of_batch_once"),
            models.CheckConstraint(name="voucher_is_not_used_too_often", condition=Q(uses_left__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.number}"


class Redemption(models.Model):
    """The extra facts of a payment of kind `voucher`: which voucher it was, and the lot that it opened."""

    payment = models.OneToOneField("payments.Payment", primary_key=True, on_delete=models.PROTECT, related_name="+")
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="+", db_index=False)
    batch = models.ForeignKey(VoucherBatch, on_delete=models.PROTECT, related_name="+", db_index=False)
    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT, related_name="+", db_index=False)
    lot = models.OneToOneField("wallets.Lot", on_delete=models.PROTECT, related_name="+")
    # The top-up that a bonus was added to: each takes one.
    topup = models.OneToOneField("wallets.Lot", null=True, on_delete=models.PROTECT, related_name="+")
    # Which use it is of the voucher, and of the batch by this customer, from 1: counted so that none is given twice.
    use_of_voucher = models.PositiveIntegerField()
    use_by_customer = models.PositiveIntegerField()
    # How many there may be, as the batch says.
    uses_per_voucher = models.PositiveIntegerField()
    uses_per_customer = models.PositiveIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["batch", "-payment"], name="redemptions_of_batch")]
        constraints = [
            models.UniqueConstraint(fields=["voucher", "use_of_voucher"], name="each_use_of_a_voucher_once"),
            models.UniqueConstraint(fields=["batch", "wallet", "use_by_customer"], name="each_use_by_a_customer_once"),
            models.CheckConstraint(
                name="voucher_is_redeemed_as_often_as_it_may",
                condition=Q(use_of_voucher__gt=0, use_of_voucher__lte=F("uses_per_voucher"))
                & Q(use_by_customer__gt=0)
                & (Q(uses_per_customer=None) | Q(use_by_customer__lte=F("uses_per_customer"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.voucher_id} {self.use_of_voucher}"


class WrongCode(models.Model):
    """A code that somebody tried for a customer and that is none: after a few of them the customer is held back."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["customer", "at"], name="wrong_codes_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.at}"
