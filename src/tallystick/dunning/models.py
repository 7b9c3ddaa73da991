"""Dunning plans, whom they are chosen for, and the reminders that were decided on."""

from django.db import models
from django.db.models import F, Q

from tallystick.foundation.ids import new_id


class DunningPlan(models.Model):
    """When a payer is reminded of what is owed (`docs/model.md`, 29). The default one is for whoever has no other."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=60)
    is_default = models.BooleanField(default=False)
    # How many days after the last reminder services are suspended; none is never.
    grace_days = models.PositiveSmallIntegerField(null=True)
    # How its late fees are taxed; none is not at all, as damages.
    fee_tax_rate = models.ForeignKey(
        "catalog.TaxRate", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(archived_at=None), name="one_plan_of_a_name"),
            models.CheckConstraint(
                name="archived_plan_is_not_the_default", condition=Q(archived_at=None) | Q(is_default=False)
            ),
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_plan"),
        ]

    def __str__(self) -> str:
        return self.name


class DunningLevel(models.Model):
    """One reminder of a plan, so many days after the due date; before it when they are negative."""

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey(DunningPlan, on_delete=models.PROTECT, related_name="levels", db_index=False)
    days = models.SmallIntegerField()
    # It asks for payment within so many days; none is at once, or by the due date.
    pay_by_days = models.PositiveSmallIntegerField(null=True)
    # What the business writes in the place of our words, by language.
    texts = models.JSONField(default=dict)
    channel = models.CharField(max_length=6, default="mail", db_default="mail")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "days"], name="one_level_per_day"),
            models.CheckConstraint(
                name="only_late_levels_set_a_day", condition=Q(pay_by_days=None) | Q(days__gte=0, pay_by_days__gt=0)
            ),
            models.CheckConstraint(
                name="level_is_told_by_mail_or_letter", condition=Q(channel__in=["mail", "letter", "both"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.days} days"


class LevelFee(models.Model):
    """What telling a level adds to what is owed in a currency, tax included where it is taxed."""

    id = models.BigAutoField(primary_key=True)
    level = models.ForeignKey(DunningLevel, on_delete=models.PROTECT, related_name="fees", db_index=False)
    currency = models.CharField(max_length=3)
    fee_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "currency"], name="one_fee_per_level_and_currency"),
            models.CheckConstraint(
                name="level_fee_is_an_amount", condition=Q(fee_minor__gt=0, currency__regex="^[A-Z]{3}$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fee_minor} {self.currency}"


class PlanChoice(models.Model):
    """The plan of a customer or of a billing group in the place of the default one; none is no reminders at all."""

    id = models.BigAutoField(primary_key=True)
    customer = models.OneToOneField("customers.Customer", null=True, on_delete=models.PROTECT, related_name="+")
    group = models.OneToOneField("customers.BillingGroup", null=True, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(DunningPlan, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="plan_is_chosen_for_one",
                condition=Q(customer=None, group__isnull=False) | Q(customer__isnull=False, group=None),
            ),
        ]

    def __str__(self) -> str:
        return f"plan of {self.customer_id or self.group_id}"


class Reminder(models.Model):
    """A level that an invoice reached. `from_date` is the day that the levels count from: the due date, or the later
    day on which the invoice was open again; each level happens once from there.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    plan = models.ForeignKey(DunningPlan, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="+", db_index=False)
    from_date = models.DateField()
    days = models.SmallIntegerField()
    # The local date of the decision, and the date by which it asks for payment.
    reminder_date = models.DateField()
    pay_by_date = models.DateField(null=True)
    # The late fee that it adds, in minor units of the invoice's currency.
    fee_minor = models.BigIntegerField(default=0, db_default=0)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "from_date", "days"], name="each_level_once"),
            models.CheckConstraint(
                name="reminder_is_not_before_its_day",
                condition=Q(reminder_date__gte=F("from_date") + F("days")),
            ),
            models.CheckConstraint(
                name="reminder_leaves_time", condition=Q(pay_by_date=None) | Q(pay_by_date__gt=F("reminder_date"))
            ),
            models.CheckConstraint(name="reminder_fee_is_not_negative", condition=Q(fee_minor__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.days} days from {self.from_date}"


class LateFee(models.Model):
    """The fee of a reminder, on an invoice of its own (J60). One of a reminder that nobody got was taken back, by
    withdrawing or crediting that invoice.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reminder = models.OneToOneField(Reminder, null=True, on_delete=models.PROTECT, related_name="+")
    late_invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="+")
    invoice = models.OneToOneField("invoices.Invoice", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    fee_minor = models.BigIntegerField()
    billed_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="late_fee_is_an_amount", condition=Q(fee_minor__gt=0, currency__regex="^[A-Z]{3}$")
            ),
            models.CheckConstraint(
                name="late_fee_has_a_reminder_or_is_taken_back",
                condition=Q(reminder__isnull=False, taken_back_at=None) | Q(reminder=None, taken_back_at__isnull=False),
            ),
            models.CheckConstraint(name="late_fee_is_of_another_invoice", condition=~Q(invoice=F("late_invoice"))),
        ]

    def __str__(self) -> str:
        return f"{self.fee_minor} {self.currency}"


class Suspension(models.Model):
    """A subscription whose service was suspended because an invoice of it stayed unpaid. It is lifted with the last one
    that is not lifted yet; what staff suspended by hand has none.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="+", db_index=False)
    # The day that the levels counted from, as with reminders.
    from_date = models.DateField()
    suspended_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subscription"], condition=Q(lifted_at=None), name="suspensions_in_force"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "subscription", "from_date"], name="each_suspension_once"),
            models.CheckConstraint(
                name="suspension_ends_after_it_began", condition=Q(lifted_at=None) | Q(lifted_at__gte=F("suspended_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"since {self.suspended_at}"


class DunningPause(models.Model):
    """No reminders of an invoice, or of all of a customer where none is named: until somebody resumes them, to the end
    of a day, or because its payer promised to pay an amount by that day.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(
        "invoices.Invoice", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    until_date = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    # A promise: what will be paid by the date, and what was open when it was made.
    promised_minor = models.BigIntegerField(null=True)
    open_minor = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "invoice"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="one_pause_at_a_time",
            ),
            models.CheckConstraint(
                name="promise_is_whole",
                condition=Q(promised_minor=None, open_minor=None)
                | Q(
                    invoice__isnull=False,
                    until_date__isnull=False,
                    promised_minor__gt=0,
                    open_minor__gte=F("promised_minor"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"until {self.until_date}"
