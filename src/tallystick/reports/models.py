"""What reports keep of other rooms' rows (decision 0042): tax by day, and deferred revenue by line and by month."""

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


class DeferredLine(models.Model):
    """What is left of a line of deferred revenue, as far as it is folded (`DeferredMark`); no row of nothing."""

    line = models.OneToOneField(
        "invoices.InvoiceLine", primary_key=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    period_end = models.DateField()
    deferred_minor = models.BigIntegerField()
    left_minor = models.BigIntegerField()
    # The first day that is not earned, and the first day of the month whose run will earn of it.
    since = models.DateField()
    begins = models.DateField()
    # That month is not its own one: the runs up to there are done, and did not earn of it.
    is_late = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.left_minor} of {self.deferred_minor} {self.currency} from {self.since}"


class DeferredMonth(models.Model):
    """What a month will earn of the lines that `DeferredLine` has, and of how many."""

    pk = models.CompositePrimaryKey("currency", "month")
    currency = models.CharField(max_length=3)
    # The first day of the month.
    month = models.DateField()
    minor = models.BigIntegerField()
    lines = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.minor} {self.currency} in {self.month}"


class DeferredMark(models.Model):
    """Up to which posting `DeferredLine` and `DeferredMonth` tell, and the last month that was run by then."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    posting_id = models.BigIntegerField()
    run_month = models.DateField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="there_is_one_deferred_mark", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"up to posting {self.posting_id}"
