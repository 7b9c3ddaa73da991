"""What reports keep of payments: sums of days, and what changed since they were added up."""

from django.db import models
from django.db.models import Q


class PaymentChange(models.Model):
    """What reports count of a payment as it was before a change (`sign` -1), or as it is after it (1).

    The database appends it in the statement that changes the payment, so that no two payments wait for one row.
    """

    id = models.BigAutoField(primary_key=True)
    sign = models.SmallIntegerField()
    kind = models.CharField(max_length=10)
    status = models.CharField(max_length=10)
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=14, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)
    total_minor = models.BigIntegerField()
    received_date = models.DateField(null=True)
    due_date = models.DateField(null=True)
    created_at = models.DateTimeField()
    # The invoice that it is expected for; no key, for what is changed holds it.
    invoice_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="change_adds_or_takes", condition=Q(sign__in=[-1, 1]))]

    def __str__(self) -> str:
        return f"{self.sign} {self.kind} {self.total_minor} {self.currency} {self.status}"


class DailySum(models.Model):
    """How many payments count on a day in one currency, and their sum, for each set of facts (`payments.counting`)."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=10)
    status = models.CharField(max_length=10)
    method = models.CharField(max_length=14, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    group_id = models.UUIDField(null=True)
    payments = models.BigIntegerField()
    minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "currency", "kind", "status", "method", "reason", "group_id"],
                nulls_distinct=False,
                name="one_sum_per_day_and_facts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.payments} {self.minor} {self.currency}"


class CountingState(models.Model):
    """That daily sums are there, and in which time zone days were told when they were added up. One row, or none."""

    id = models.BooleanField(primary_key=True, default=True)
    zone = models.CharField(max_length=60)

    class Meta:
        constraints = [models.CheckConstraint(name="one_counting_state", condition=Q(id=True))]

    def __str__(self) -> str:
        return self.zone
