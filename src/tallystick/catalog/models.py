"""What is sold; today its tax rates."""

from django.db import models
from django.db.models import Q

from tallystick.foundation.ids import new_id


class TaxRate(models.Model):
    """A rate of tax. Documents freeze its percentage; a changed rate is a new row and the old one is archived."""

    class Category(models.TextChoices):
        """How the tax is due; names follow the VAT categories of EN 16931."""

        STANDARD = "standard"
        ZERO = "zero"
        EXEMPT = "exempt"
        REVERSE_CHARGE = "reverse_charge"

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
