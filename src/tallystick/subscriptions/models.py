"""Subscriptions, the periods that were billed, what changed when, contract files, and the runs that bill."""

from django.db import models
from django.db.models import F, Q

from tallystick.foundation.ids import new_id


class Subscription(models.Model):
    """What a customer gets and pays for, period by period. The price is its own: a changed catalogue changes nothing.

    All dates are local dates of the business; `end_date` and `next_period_start` are the first day after what they end.
    """

    class State(models.TextChoices):
        """`states.py` has the table of their changes (`docs/model.md`, 26)."""

        DRAFT = "draft"
        TRIAL = "trial"
        ACTIVE = "active"
        PAUSED = "paused"
        SUSPENDED = "suspended"
        CANCELLED = "cancelled"
        ENDED = "ended"

    class Collection(models.TextChoices):
        """`manual` takes its invoices out of the payer's autopay (`docs/model.md`, 27)."""

        AUTOPAY = "autopay"
        MANUAL = "manual"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=30, unique=True)
    state = models.CharField(max_length=10, choices=State.choices)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT, related_name="+")
    price = models.ForeignKey("catalog.Price", on_delete=models.PROTECT, related_name="+", db_index=False)
    # What each line says: product and variant, as they were named.
    description = models.CharField(max_length=250)
    remark = models.TextField(blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    unit_price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    prices_include_tax = models.BooleanField()
    tax_rate = models.ForeignKey("catalog.TaxRate", on_delete=models.PROTECT, related_name="+", db_index=False)
    frequency = models.CharField(max_length=10)
    collection = models.CharField(max_length=8, choices=Collection.choices, default=Collection.AUTOPAY)
    start_date = models.DateField()
    # From this day on it is billed; a trial lies before it.
    billing_start_date = models.DateField()
    # A day on which a whole period begins, and the day of the month that is kept (31 is the last day of any month).
    anchor_date = models.DateField()
    anchor_day = models.PositiveSmallIntegerField()
    contract_months = models.PositiveSmallIntegerField(null=True)
    # The first day that is not covered any more: end of the contract, or of what was cancelled. None is open-ended.
    end_date = models.DateField(null=True)
    # What cancelling before the end of the contract costs, in minor units; billed as a fee (J60).
    early_return_fee_minor = models.BigIntegerField(null=True)
    # The first day that no bill covers yet; None when there is nothing more to bill.
    next_period_start = models.DateField(null=True)
    paused_date = models.DateField(null=True)
    resume_date = models.DateField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-created_at", "-id"], name="subscriptions_of_customer"),
            models.Index(fields=["-created_at", "-id"], name="subscriptions_newest_first"),
            models.Index(
                fields=["next_period_start", "id"],
                condition=Q(state__in=["active", "suspended"], next_period_start__isnull=False),
                name="subscriptions_coming_due",
            ),
            models.Index(fields=["price", "id"], name="subscriptions_of_price"),
            # What `turning.turn` looks for.
            models.Index(
                fields=["end_date"],
                condition=Q(state__in=["trial", "active", "paused", "suspended"]),
                name="subscriptions_coming_to_end",
            ),
            models.Index(fields=["billing_start_date"], condition=Q(state="trial"), name="subscriptions_on_trial"),
            models.Index(
                fields=["paused_date"], condition=Q(paused_date__isnull=False), name="subscriptions_that_rest"
            ),
        ]
        constraints = [
            models.CheckConstraint(name="subscription_quantity_is_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="subscription_price_is_not_negative", condition=Q(unit_price_minor__gte=0)),
            models.CheckConstraint(name="subscription_currency_is_a_code", condition=Q(currency__regex="^[A-Z]{3}$")),
            models.CheckConstraint(
                name="subscription_frequency_is_known",
                condition=Q(frequency__in=["monthly", "quarterly", "annually"]),
            ),
            models.CheckConstraint(name="anchor_day_is_a_day", condition=Q(anchor_day__gte=1, anchor_day__lte=31)),
            models.CheckConstraint(
                name="billing_starts_with_the_subscription", condition=Q(billing_start_date__gte=F("start_date"))
            ),
            models.CheckConstraint(
                name="subscription_ends_after_it_started",
                condition=Q(end_date=None) | Q(end_date__gte=F("start_date")),
            ),
            models.CheckConstraint(
                name="paused_subscription_is_dated", condition=~Q(state="paused") | Q(paused_date__isnull=False)
            ),
            models.CheckConstraint(
                name="early_return_fee_is_not_negative",
                condition=Q(early_return_fee_minor=None) | Q(early_return_fee_minor__gte=0),
            ),
            models.CheckConstraint(
                name="finished_subscription_bills_nothing",
                condition=~Q(state__in=["draft", "cancelled", "ended"]) | Q(next_period_start=None),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class BilledPeriod(models.Model):
    """A period that is on an invoice: each day of a subscription at most once; a trigger refuses an overlap.

    A change of plan that leaves nothing to pay makes no line: the line that paid for the old days pays for the new.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="periods", db_index=False)
    period_start = models.DateField()
    # Half open. A change of plan or an early end shortens it, never below its start; what is credited stands there.
    period_end = models.DateField()
    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey("invoices.InvoiceLine", on_delete=models.PROTECT, related_name="+", db_index=False)
    billed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["line"], name="periods_of_line")]
        constraints = [
            # A period that a change on its first day took back has no days, and is in nobody's way.
            models.UniqueConstraint(
                fields=["subscription", "period_start"],
                condition=Q(period_end__gt=F("period_start")),
                name="one_bill_per_period",
            ),
            models.CheckConstraint(
                name="billed_period_is_not_negative", condition=Q(period_end__gte=F("period_start"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period_start} – {self.period_end}"


class AdjustmentLine(models.Model):
    """A line that belongs to a subscription and bills no period: what a change of plan took back (J61), or a fee."""

    line = models.OneToOneField("invoices.InvoiceLine", primary_key=True, on_delete=models.PROTECT, related_name="+")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="adjustments")
    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.line_id)


class PlanChange(models.Model):
    """Another price or quantity, from a day on: at once with proration, or at a renewal that is still to come."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="changes", db_index=False)
    effective_date = models.DateField()
    price = models.ForeignKey("catalog.Price", on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    # What it was before, once it was applied.
    before = models.JSONField(null=True)
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subscription", "created_at"], name="changes_of_subscription"),
            models.Index(
                fields=["effective_date"], condition=Q(applied_at=None, withdrawn_at=None), name="changes_to_come"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(applied_at=None, withdrawn_at=None),
                name="one_change_to_come",
            ),
            models.CheckConstraint(name="changed_quantity_is_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="change_is_applied_or_withdrawn", condition=Q(applied_at=None) | Q(withdrawn_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"from {self.effective_date}"


class SubscriptionEvent(models.Model):
    """A change of a subscription's state or plan, with who and why: its timeline."""

    id = models.BigAutoField(primary_key=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    event = models.CharField(max_length=30)
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    actor_label = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.event} at {self.at}"


class ContractFile(models.Model):
    """The signed contract, or another document of a subscription, as it was handed in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=200)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="contract_file_is_not_empty", condition=Q(size__gt=0))]

    def __str__(self) -> str:
        return self.name


class BillRun(models.Model):
    """One run over everything that is due: who began it, up to which date, and what became of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    as_of_date = models.DateField()
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=200)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-started_at", "-id"], name="bill_runs_newest_first")]

    def __str__(self) -> str:
        return f"up to {self.as_of_date}"


class BillChunk(models.Model):
    """What one committed step of a run billed, in one currency. The run's progress is their sum: no hot row."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BillRun, on_delete=models.PROTECT, related_name="chunks")
    at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    invoices = models.PositiveIntegerField()
    periods = models.PositiveIntegerField()
    total_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.invoices} invoices, {self.total_minor} {self.currency}"


class BillFailure(models.Model):
    """A subscription or a group that a run could not bill, and why. It stopped no other."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(BillRun, on_delete=models.PROTECT, related_name="failures")
    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    group = models.ForeignKey(
        "customers.BillingGroup", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    code = models.CharField(max_length=60)
    sentence = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "subscription"], name="one_failure_per_run_and_subscription"),
            models.UniqueConstraint(fields=["run", "group"], name="one_failure_per_run_and_group"),
            models.CheckConstraint(
                name="failure_names_one_thing",
                condition=Q(subscription__isnull=False, group=None) | Q(subscription=None, group__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.sentence
