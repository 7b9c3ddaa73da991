"""Invoices, credit notes and their lines. An issued document never changes: triggers hold it (migration 0002)."""

from django.db import models
from django.db.models import F, Q

from tallystick.foundation.ids import new_id
from tallystick.invoices.write_off_models import WriteOff, WriteOffTax

__all__ = ["CreditNote", "CreditNoteLine", "Invoice", "InvoiceLine", "WriteOff", "WriteOffTax"]

_SETTLED = (
    F("allocated_minor") + F("credited_minor") + F("written_off_minor") + F("difference_minor") + F("wallet_minor")
)


class Invoice(models.Model):
    """A claim on a customer, or a request for prepaid money, which claims nothing (decision 0019).

    The counters say what settled it; `open_minor` is what is left.
    """

    class Kind(models.TextChoices):
        """An invoice is owed once it is issued; a top-up request is paid or not (`docs/model.md`, 20)."""

        INVOICE = "invoice"
        TOPUP = "topup"

    class State(models.TextChoices):
        """What is stored; open, part paid, paid, overdue and credited are derived (`states.display_state`).

        An invoice is issued; a top-up request is sent, so that no question about what is owed finds it.
        """

        DRAFT = "draft"
        ISSUED = "issued"
        SENT = "sent"
        VOID = "void"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices, db_default=Kind.INVOICE)
    # It asks for what charges took beyond prepaid money: revenue and tax were booked with them (J18, J20).
    is_usage = models.BooleanField(default=False, db_default=False)
    # How many months what is paid of a top-up request can be used; none is for ever.
    expires_months = models.PositiveSmallIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    # Given when it is issued or sent, gap-free in the series of its kind; a draft has none.
    number = models.CharField(max_length=30, null=True, unique=True)  # noqa: DJ001 - a draft has no number, not ""
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    prices_include_tax = models.BooleanField(default=False)
    # What the customer reads on the document, and what only staff read.
    title = models.CharField(max_length=200, blank=True)
    remark = models.TextField(blank=True)
    invoice_date = models.DateField(null=True)
    due_date = models.DateField(null=True)
    # What its document says, where a later day was agreed since (decision 0040).
    stated_due_date = models.DateField(null=True)
    issued_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    # The billing group whose consolidated invoice this is (`docs/model.md`, 28).
    group = models.ForeignKey(
        "customers.BillingGroup", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Both parties as they were when it was issued.
    seller = models.JSONField(null=True)
    buyer = models.JSONField(null=True)
    net_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField(default=0)
    # What settled it: payments, credit notes, write-offs, small differences, the wallet.
    allocated_minor = models.BigIntegerField(default=0)
    credited_minor = models.BigIntegerField(default=0)
    written_off_minor = models.BigIntegerField(default=0)
    difference_minor = models.BigIntegerField(default=0)
    wallet_minor = models.BigIntegerField(default=0)
    # The sum of its credit notes, whether they settled it or became credit.
    credit_noted_minor = models.BigIntegerField(default=0)
    open_minor = models.GeneratedField(
        expression=F("total_minor") - _SETTLED, output_field=models.BigIntegerField(), db_persist=True
    )

    class Meta:
        indexes = [
            # With what lists of a customer search and filter by beside it, so that they read no row that they pass.
            models.Index(
                fields=["customer", "-created_at", "-id"],
                include=["kind", "state", "number", "title", "invoice_date", "due_date"],
                name="invoices_of_customer_covering",
            ),
            models.Index(fields=["-created_at", "-id"], name="invoices_newest_first"),
            models.Index(
                fields=["customer", "invoice_date", "id"],
                condition=Q(state="issued"),
                name="invoices_of_customer_by_date",
            ),
            models.Index(
                fields=["customer", "due_date", "id"],
                include=["currency", "open_minor"],
                condition=Q(state="issued", open_minor__gt=0),
                name="open_invoices_with_amounts",
            ),
            # Added up by age, over all customers.
            models.Index(
                fields=["currency", "due_date"],
                include=["open_minor"],
                condition=Q(state="issued", open_minor__gt=0),
                name="open_invoices_by_due_date",
            ),
            models.Index(
                fields=["customer", "currency", "-issued_at", "-id"],
                condition=Q(state="issued"),
                name="issued_last_to_customer",
            ),
            models.Index(
                fields=["group", "-created_at", "-id"], condition=Q(group__isnull=False), name="invoices_of_group"
            ),
            models.Index(fields=["-created_at", "-id"], condition=Q(kind="topup"), name="topups_newest_first"),
            models.Index(
                fields=["state", "-created_at", "-id"], condition=~Q(state="issued"), name="invoices_not_issued"
            ),
            models.Index(
                fields=["-created_at", "-id"],
                include=["number"],
                condition=Q(state__in=["issued", "sent"], open_minor__gt=0),
                name="payable_invoices_with_number",
            ),
            models.Index(
                fields=["invoice_date", "-created_at", "-id"],
                condition=Q(state__in=["issued", "sent"], open_minor__gt=0),
                name="payable_invoices_by_day",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="invoice_totals_add_up", condition=Q(total_minor=F("net_minor") + F("tax_minor"))
            ),
            models.CheckConstraint(name="invoice_is_not_overpaid", condition=Q(open_minor__gte=0)),
            models.CheckConstraint(
                name="invoice_counters_are_not_negative",
                condition=Q(
                    allocated_minor__gte=0,
                    credited_minor__gte=0,
                    written_off_minor__gte=0,
                    difference_minor__gte=0,
                    wallet_minor__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="invoice_is_not_credited_above_its_total",
                condition=Q(credit_noted_minor__gte=0, credit_noted_minor__lte=F("total_minor")),
            ),
            models.CheckConstraint(name="invoice_total_is_not_negative", condition=Q(total_minor__gte=0)),
            models.CheckConstraint(
                name="issued_invoice_is_complete",
                condition=Q(state="draft", number=None, issued_at=None)
                | Q(
                    # Nothing is due by a top-up request.
                    Q(kind="invoice", state__in=["issued", "void"], due_date__isnull=False)
                    | Q(kind="topup", state__in=["sent", "void"], due_date=None),
                    number__isnull=False,
                    issued_at__isnull=False,
                    invoice_date__isnull=False,
                    seller__isnull=False,
                    buyer__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="agreed_due_date_comes_later",
                condition=Q(stated_due_date=None) | Q(state__in=["issued", "void"], due_date__gt=F("stated_due_date")),
            ),
            models.CheckConstraint(
                name="topup_is_settled_by_payments_alone",
                condition=~Q(kind="topup")
                | Q(credited_minor=0, written_off_minor=0, difference_minor=0, wallet_minor=0, credit_noted_minor=0),
            ),
            models.CheckConstraint(
                name="only_topups_expire", condition=Q(expires_months=None) | Q(kind="topup", expires_months__gt=0)
            ),
            models.CheckConstraint(
                name="void_invoice_is_settled_by_nothing",
                condition=~Q(state="void")
                | Q(open_minor=F("total_minor"), credit_noted_minor=0, voided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="draft_is_settled_by_nothing", condition=~Q(state="draft") | Q(open_minor=F("total_minor"))
            ),
            models.CheckConstraint(name="invoice_currency_is_a_code", condition=Q(currency__regex="^[A-Z]{3}$")),
        ]

    def __str__(self) -> str:
        return self.number or "draft"


class InvoiceLine(models.Model):
    """One line. `quantity` times `unit_price_minor` is rounded half up; a discount is a negative line."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=500)
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    unit_price_minor = models.BigIntegerField()
    # A fee (late, early return, surcharge) is revenue of its own account.
    is_fee = models.BooleanField(default=False)
    tax_rate = models.ForeignKey("catalog.TaxRate", on_delete=models.PROTECT, related_name="+", db_index=False)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    # The period that the line covers, from its first day to the day after its last.
    period_start = models.DateField(null=True)
    period_end = models.DateField(null=True)
    # On a group's invoice: the member whom the line is for, by its name of that day.
    member = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    member_name = models.CharField(max_length=200, blank=True, db_default="")
    # How the amount of a part of a period was computed: days, of_days, price_minor, quantity.
    arithmetic = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="one_line_per_position"),
            models.CheckConstraint(
                name="line_period_is_whole",
                condition=Q(period_start=None, period_end=None) | Q(period_end__gt=F("period_start")),
            ),
        ]

    def __str__(self) -> str:
        return self.description


class CreditNote(models.Model):
    """A document that reduces an invoice. Its total becomes the customer's credit, first of all to its own invoice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=30, unique=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    credit_note_date = models.DateField()
    issued_at = models.DateTimeField()
    seller = models.JSONField()
    buyer = models.JSONField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    allocated_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["customer", "-issued_at", "-id"], name="credit_notes_of_customer")]
        constraints = [
            models.CheckConstraint(
                name="credit_note_totals_add_up", condition=Q(total_minor=F("net_minor") + F("tax_minor"))
            ),
            models.CheckConstraint(name="credit_note_total_is_positive", condition=Q(total_minor__gt=0)),
            models.CheckConstraint(
                name="credit_note_is_not_overspent",
                condition=Q(
                    allocated_minor__gte=0,
                    refunded_minor__gte=0,
                    total_minor__gte=F("allocated_minor") + F("refunded_minor"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CreditNoteLine(models.Model):
    """The part of an invoice line that is credited. Amounts are what is taken off, with the sign of the line."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines", db_index=False)
    invoice_line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="credited")
    position = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=500)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    # The first day on which nothing is delivered any more, where the service of the line ends early.
    ended_date = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credit_note", "position"], name="one_credit_line_per_position")]

    def __str__(self) -> str:
        return self.description


class RevenueRun(models.Model):
    """A month-end run that earns deferred revenue (J03): of which month, and how far it is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # The first day of the month.
    month = models.DateField()
    begun_at = models.DateTimeField()
    begun_by = models.CharField(max_length=200)
    # The last line that it looked at: whoever goes on begins behind it.
    position = models.UUIDField(null=True)
    # When its entries were posted.
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month"], condition=Q(finished_at=None), name="one_revenue_run_goes_on"),
            models.CheckConstraint(name="revenue_run_is_of_a_month", condition=Q(month__day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class EarnedPart(models.Model):
    """What a run earned of one line: the detail behind its entries. Append-only (migration 0018)."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(RevenueRun, on_delete=models.PROTECT, related_name="parts", db_index=False)
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="earned")
    # What the line's subscription sells; none for a line that somebody wrote.
    product = models.ForeignKey(
        "catalog.Product", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    currency = models.CharField(max_length=3)
    # With the sign of the line: a discount is earned, too.
    minor = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    # The day after the last one that is earned.
    earned_until = models.DateField()
    # Nothing of the line is deferred any more.
    is_last = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "line"], name="line_is_earned_once_a_run"),
            models.CheckConstraint(name="something_is_earned", condition=~Q(minor=0)),
            models.CheckConstraint(name="earned_currency_is_a_code", condition=Q(currency__regex="^[A-Z]{3}$")),
        ]

    def __str__(self) -> str:
        return f"{self.minor} {self.currency} until {self.earned_until}"
