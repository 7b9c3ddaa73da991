"""What is sold: products, their variants and prices, and the rates of tax. Archived, never deleted."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tallystick.foundation.ids import new_id


class TaxRate(models.Model):
    """A rate of tax. Documents freeze its percentage; a changed rate is a new row and the old one is archived."""

    class Category(models.TextChoices):
        """How the tax is due; names follow the VAT categories of EN 16931."""

        STANDARD = "standard"
        ZERO = "zero"
        EXEMPT = "exempt"
        REVERSE_CHARGE = "reverse_charge"
        OUTSIDE_SCOPE = "outside_scope"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=60, unique=True)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    category = models.CharField(max_length=16, choices=Category.choices)
    country = models.CharField(max_length=2, blank=True)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="tax_percent_in_range", condition=Q(percent__gte=0, percent__lte=100)),
            models.CheckConstraint(
                name="only_standard_rates_have_a_percent", condition=Q(category="standard") | Q(percent=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something that is sold, in one or more variants."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), condition=Q(archived_at=None), name="one_product_of_a_name"),
            models.CheckConstraint(name="product_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class Variant(models.Model):
    """One form of a product that can be subscribed to. Its cost, where known, is what cost recovery is about (E6)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="variants")
    name = models.CharField(max_length=120)
    # What one unit cost the business, in minor units of `cost_currency`.
    cost_minor = models.BigIntegerField(null=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "product", Lower("name"), condition=Q(archived_at=None), name="one_variant_of_a_name"
            ),
            models.CheckConstraint(name="variant_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="variant_cost_has_its_currency",
                condition=Q(cost_minor=None, cost_currency="")
                | Q(cost_minor__gte=0, cost_currency__regex="^[A-Z]{3}$"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """What one unit of a variant costs for one period. A changed price is a new row; the old one is archived."""

    class Frequency(models.TextChoices):
        """How long the period is (E19)."""

        MONTHLY = "monthly"
        QUARTERLY = "quarterly"
        ANNUALLY = "annually"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="prices")
    currency = models.CharField(max_length=3)
    frequency = models.CharField(max_length=10, choices=Frequency.choices)
    amount_minor = models.BigIntegerField()
    # Whether the amount has the tax in it already, and which tax that is.
    includes_tax = models.BooleanField(default=False)
    tax_rate = models.ForeignKey(TaxRate, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "currency", "frequency", "includes_tax", "tax_rate"],
                condition=Q(archived_at=None),
                name="one_current_price",
            ),
            models.CheckConstraint(name="price_is_not_negative", condition=Q(amount_minor__gte=0)),
            models.CheckConstraint(name="price_currency_is_a_code", condition=Q(currency__regex="^[A-Z]{3}$")),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} {self.frequency}"
