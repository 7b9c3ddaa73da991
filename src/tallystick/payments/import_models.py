"""Files of receipts that staff or programs handed in, and what becomes of each of their lines."""

from django.db import models
from django.db.models import Q

from tallystick.foundation.ids import new_id


class PaymentImport(models.Model):
    """A file of receipts: its headings, and how its columns are read once somebody said so."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    headings = models.JSONField()
    # The hash of the headings: the next file with the same ones is read in the same way.
    headings_sha256 = models.CharField(max_length=64)
    mapping = models.JSONField(null=True)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=200)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-uploaded_at", "-id"], name="payment_imports_newest_first"),
            models.Index(fields=["headings_sha256", "-uploaded_at"], name="payment_imports_by_headings"),
        ]
        constraints = [
            models.CheckConstraint(
                name="payment_import_is_read_before_it_starts",
                condition=Q(started_at=None) | Q(mapping__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_import_finishes_after_it_started",
                condition=Q(finished_at=None) | Q(started_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PaymentImportRow(models.Model):
    """A line of a file: its cells, what was read from them, and the one payment that it became, if it did."""

    class State(models.TextChoices):
        """What will become, or became, of a line."""

        UNREAD = "unread"
        READY = "ready"
        DUPLICATE = "duplicate"
        REFUSED = "refused"
        RECORDED = "recorded"

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(PaymentImport, on_delete=models.PROTECT, related_name="rows", db_index=False)
    # The line in the file; the headings are line 1.
    number = models.PositiveIntegerField()
    cells = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNREAD)
    # What was read: ids as text, amounts in minor units, the received date.
    facts = models.JSONField(null=True)
    # Why it is refused or held to be a duplicate; and what else is to be known.
    code = models.CharField(max_length=60, blank=True)
    sentence = models.TextField(blank=True)
    warning = models.TextField(blank=True)
    # Somebody's word that it is another payment than the one that looks the same.
    allows_duplicate = models.BooleanField(default=False)
    # The hash of what was read; a line that was recorded once is not recorded again from another file.
    row_sha256 = models.CharField(max_length=64, blank=True)
    payment = models.ForeignKey(
        "payments.Payment", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["source", "state", "number"], name="payment_import_rows_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="one_row_per_line_of_an_import"),
            models.UniqueConstraint(
                fields=["row_sha256"], condition=Q(state="recorded"), name="each_line_is_recorded_once"
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(payment__isnull=False), name="each_line_has_its_own_payment"
            ),
            models.CheckConstraint(
                name="recorded_line_names_its_payment",
                condition=Q(state="recorded", payment__isnull=False) | (~Q(state="recorded") & Q(payment=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.number}, {self.state}"
