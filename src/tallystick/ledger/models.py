"""The tables of the books. `operations.post` alone writes them; triggers refuse an entry that is empty, unbalanced or
written to again later, and every update, delete and truncate (migration 0002).
"""

from django.db import models
from django.db.models import Q

from tallystick.foundation.ids import new_id
from tallystick.ledger.accounts import BASE_ONLY, CHART

_CODES = sorted(CHART)
_OF_CUSTOMER = sorted(code for code, account in CHART.items() if account.of_customer)


class JournalEntry(models.Model):
    """One balanced record of one event, by its rule in the chart."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # J02, J04 ...: the row of the chart that allows this entry.
    rule = models.CharField(max_length=4)
    # The day on which it counts; and the moment at which it was written down.
    effective_date = models.DateField()
    recorded_at = models.DateTimeField()
    # The document or payment that the event happened to.
    subject_kind = models.CharField(max_length=30)
    subject_id = models.UUIDField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    # Units of base currency for one unit of the entry's currency; empty when all is in base currency.
    rate = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    rate_source = models.CharField(max_length=60, blank=True)
    # Which database transaction wrote it: postings may only come from the same one.
    written_in = models.BigIntegerField(
        db_default=models.Func(function="pg_current_xact_id", template="%(function)s()::text::bigint"), editable=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["subject_id"], name="entries_of_subject"),
            models.Index(fields=["effective_date", "id"], name="entries_by_date"),
        ]
        constraints = [models.CheckConstraint(name="entry_names_its_rule", condition=Q(rule__regex="^J[0-9]{2}$"))]

    def __str__(self) -> str:
        return f"{self.rule} of {self.effective_date}"


class Posting(models.Model):
    """One side of an entry. `object_id` is what the chart's column "per" names: an invoice, a payment, a lot ..."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="postings")
    account = models.CharField(max_length=4)
    side = models.CharField(max_length=1)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    base_minor = models.BigIntegerField()
    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    object_id = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "id"], condition=Q(customer__isnull=False), name="postings_of_customer"),
            models.Index(fields=["object_id"], condition=Q(object_id__isnull=False), name="postings_per_object"),
        ]
        constraints = [
            models.CheckConstraint(name="posting_is_on_the_chart", condition=Q(account__in=_CODES)),
            models.CheckConstraint(name="posting_has_a_side", condition=Q(side__in=["D", "C"])),
            models.CheckConstraint(
                name="posting_amount_is_positive",
                condition=Q(amount_minor__gt=0, base_minor__gte=0)
                | Q(amount_minor=0, base_minor__gt=0, account__in=sorted(BASE_ONLY)),
            ),
            models.CheckConstraint(name="posting_currency_is_a_code", condition=Q(currency__regex="^[A-Z]{3}$")),
            models.CheckConstraint(
                name="posting_names_its_customer",
                condition=Q(account__in=_OF_CUSTOMER, customer__isnull=False)
                | (~Q(account__in=_OF_CUSTOMER) & Q(customer__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.side} {self.amount_minor} {self.currency}"


class CustomerBalance(models.Model):
    """The running balance of one customer in one account and currency: debits less credits."""

    pk = models.CompositePrimaryKey("customer_id", "account", "currency")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.CharField(max_length=4)
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()

    class Meta:
        # Nothing that posting changes is in it, or each posting would write it.
        indexes = [models.Index(fields=["account", "currency"], name="balances_by_account")]

    def __str__(self) -> str:
        return f"{self.account} {self.balance_minor} {self.currency}"


class ControlBalance(models.Model):
    """The folded balance of an account that every payment touches; `BalanceDelta` holds what came since."""

    pk = models.CompositePrimaryKey("account", "currency")
    account = models.CharField(max_length=4)
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.account} {self.balance_minor} {self.currency}"


class BalanceDelta(models.Model):
    """What one transaction added to a control account: appended, so that no two payments wait for one row."""

    id = models.BigAutoField(primary_key=True)
    account = models.CharField(max_length=4)
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.account} {self.balance_minor} {self.currency}"


class ExchangeRate(models.Model):
    """Units of base currency for one unit of `currency`, from `valid_from` until the next row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    rate = models.DecimalField(max_digits=24, decimal_places=12)
    source = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "valid_from"], name="one_rate_per_day"),
            models.CheckConstraint(name="rate_is_positive", condition=Q(rate__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate} from {self.valid_from}"


class PeriodAct(models.Model):
    """The closing or the reopening of a month, append-only; the newest row says up to which day the past is locked.

    Months are closed in order, and only the newest closed one can be reopened (migration 0003).
    """

    class Act(models.TextChoices):
        """What was done to the month."""

        CLOSE = "close"
        REOPEN = "reopen"

    id = models.BigAutoField(primary_key=True)
    # The first day of the month.
    month = models.DateField()
    act = models.CharField(max_length=6, choices=Act.choices)
    # The last day on which nothing can be posted any more, as of this act.
    closed_until = models.DateField()
    acted_at = models.DateTimeField()
    acted_by = models.CharField(max_length=200)
    # Why it was reopened.
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="period_is_a_month", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="reopening_has_a_reason",
                condition=Q(act="close", reason="") | (Q(act="reopen") & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.month:%Y-%m}"


class AccountDay(models.Model):
    """What was posted to one account in one currency with one effective date, as far as it is folded (`FoldMark`)."""

    pk = models.CompositePrimaryKey("account", "currency", "day")
    account = models.CharField(max_length=4)
    currency = models.CharField(max_length=3)
    day = models.DateField()
    debit_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField()
    debit_base_minor = models.BigIntegerField()
    credit_base_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.account} {self.currency} on {self.day}"


class CustomerMonth(models.Model):
    """What a month changed on a customer's account in one currency, debits less credits, as far as it is folded.

    The month stands before the customer in the key: a day of the past is read back from today, month by month.
    """

    pk = models.CompositePrimaryKey("account", "month", "customer_id", "currency")
    account = models.CharField(max_length=4)
    # The first day of the month.
    month = models.DateField()
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.account} {self.balance_minor} {self.currency} in {self.month:%Y-%m}"


class FoldMark(models.Model):
    """How far postings are folded into `AccountDay` and `CustomerMonth`: its one row says up to which id."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    posting_id = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(name="there_is_one_fold_mark", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"up to posting {self.posting_id}"
