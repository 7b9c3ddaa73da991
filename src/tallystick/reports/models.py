"""What reports keep of other rooms' rows: sums of tax by day (`reports.taxed`, decision 0042)."""

from django.db import models
from django.db.models import Q


class TaxDay(models.Model):
    """What was taxed at one rate in one currency on a day, and the tax of it, as far as it is folded (`TaxMark`)."""

    pk = models.CompositePrimaryKey("day", "tax_rate_id", "currency")
    day = models.DateField()
    tax_rate = models.ForeignKey("catalog.TaxRate", on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.net_minor} + {self.tax_minor} {self.currency} on {self.day}"


class TaxMark(models.Model):
    """How far postings, and uses of prepaid money that are taxed, are folded into `TaxDay`. One row, or none."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    posting_id = models.BigIntegerField()
    taxed_use_id = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="there_is_one_tax_mark", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"up to posting {self.posting_id} and use {self.taxed_use_id}"
