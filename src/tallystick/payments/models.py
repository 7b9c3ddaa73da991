"""Payments: one row per event of money, expected or real; attempts at gateways; stored payment methods."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from tallystick.foundation.ids import new_id
from tallystick.payments.approval_models import ApprovalRequest
from tallystick.payments.autopay_models import AutopayAgreement, AutopaySwitch
from tallystick.payments.bulk_models import BulkAct, BulkRow
from tallystick.payments.card_try_models import CardTry
from tallystick.payments.counting_models import CountingState, DailySum, PaymentChange
from tallystick.payments.dispute_models import Dispute
from tallystick.payments.import_models import PaymentImport, PaymentImportRow
from tallystick.payments.link_models import PaymentLink
from tallystick.payments.proof_models import TransferProof
from tallystick.payments.receipt_models import Receipt
from tallystick.payments.setup_models import MethodSetup
from tallystick.payments.terms_models import PaymentTerms, TermsAcceptance
from tallystick.payments.try_models import Try

_USED = (
    F("allocated_minor") + F("difference_minor") + F("refunded_minor") + F("refund_reserved_minor") + F("lost_minor")
)

# Django looks for all of them here.
__all__ = [
    "ApprovalRequest",
    "AutopayAgreement",
    "AutopaySwitch",
    "BulkAct",
    "BulkRow",
    "CardTry",
    "CountingState",
    "DailySum",
    "Dispute",
    "MethodSetup",
    "PaymentChange",
    "PaymentImport",
    "PaymentImportRow",
    "PaymentLink",
    "PaymentTerms",
    "Receipt",
    "TermsAcceptance",
    "TransferProof",
]


class PaymentMethod(models.Model):
    """A stored instrument: the gateway's token and what may be known of the card. Never a card number."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("gateways.GatewayAccount", on_delete=models.PROTECT, related_name="+", db_index=False)
    token = models.CharField(max_length=120)
    brand = models.CharField(max_length=30)
    last_four = models.CharField(max_length=4)
    expiry_month = models.PositiveSmallIntegerField()
    expiry_year = models.PositiveSmallIntegerField()
    is_default = models.BooleanField(default=False)
    # The decline after which no charge of it can succeed; empty while it may be charged.
    refused_code = models.CharField(max_length=60, blank=True, db_default="")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "token"], name="each_token_once"),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_default=True, removed_at=None), name="one_default_method"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} •••• {self.last_four}"


class Payment(models.Model):
    """One event of money (`docs/model.md`, 1 to 3). `total_minor` is positive; charges and refunds read negative."""

    class Kind(models.TextChoices):
        """Expected, received, redeemed, bought, paid back."""

        SCHEDULED = "scheduled"
        RECEIPT = "receipt"
        VOUCHER = "voucher"
        CHARGE = "charge"
        REFUND = "refund"

    class Status(models.TextChoices):
        """The five statuses. Only `completed` moves a balance."""

        PENDING = "pending"
        PROCESSING = "processing"
        COMPLETED = "completed"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Method(models.TextChoices):
        """How the money comes; it decides the clearing account ("money in" of the chart)."""

        CASH = "cash"
        CHEQUE = "cheque"
        BANK_TRANSFER = "bank_transfer"
        DIRECT_DEBIT = "direct_debit"
        GATEWAY = "gateway"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices)
    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    # The description as the customer sees it, and the part behind "#" that never leaves the back office.
    description = models.CharField(max_length=500, blank=True)
    private_text = models.CharField(max_length=500, blank=True)
    remark = models.TextField(blank=True)
    customer_note = models.CharField(max_length=500, blank=True)
    method = models.CharField(max_length=14, choices=Method.choices, blank=True)
    # The service that the money came through, if any.
    account = models.ForeignKey(
        "gateways.GatewayAccount", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reference = models.CharField(max_length=140, blank=True)
    # What was typed as "Invoice #" and fits no invoice.
    invoice_text = models.CharField(max_length=60, blank=True)
    # What came, when it came in another currency than it is credited in (J50): its amount, and the rate at which it was
    # exchanged, fixed at completion: units of `currency` for one of `came_currency`, and who said so.
    came_minor = models.BigIntegerField(null=True)
    came_currency = models.CharField(max_length=3, blank=True, db_default="")
    came_rate = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    came_rate_source = models.CharField(max_length=60, blank=True, db_default="")
    # For reference only: shown, in no balance, posts nothing.
    fee_minor = models.BigIntegerField(null=True)
    # The expected payment of exactly this invoice.
    invoice = models.ForeignKey(
        "invoices.Invoice", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    due_date = models.DateField(null=True)
    received_date = models.DateField(null=True)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    # Given at completion, gap-free: the number on the receipt.
    receipt_number = models.CharField(max_length=30, null=True, unique=True)  # noqa: DJ001 - none before completion
    # A contact of the customer completed this transfer (`docs/model.md`, 7); nobody has seen it at the bank yet.
    confirmed_by_customer = models.BooleanField(default=False, db_default=False)
    mails_confirmation = models.BooleanField(default=False)
    cancel_reason = models.CharField(max_length=20, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)
    # The day on which autopay tries a failed payment again; none when it will not.
    next_try_date = models.DateField(null=True)
    reversed_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    assignment_edits = models.PositiveSmallIntegerField(default=0)
    refund_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="refunds", db_index=False)
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Where a completed payment's money went.
    allocated_minor = models.BigIntegerField(default=0)
    difference_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    refund_reserved_minor = models.BigIntegerField(default=0)
    lost_minor = models.BigIntegerField(default=0)
    # What open disputes are about, as far as it is there: it stays where it is until they are decided.
    disputed_minor = models.BigIntegerField(default=0, db_default=0)
    unallocated_minor = models.GeneratedField(
        expression=F("total_minor") - _USED, output_field=models.BigIntegerField(), db_persist=True
    )

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="payments_newest_first"),
            # With what lists filter by and sort by beside it, and what reports count, so that both read of a customer's
            # rows only the index.
            models.Index(
                fields=["customer", "-created_at", "-id"],
                include=[
                    "status",
                    "kind",
                    "currency",
                    "method",
                    "total_minor",
                    "due_date",
                    "received_date",
                    "deleted_at",
                    "reversed_at",
                    "failure_code",
                ],
                name="payments_of_customer_facts",
            ),
            # By Date / Time (`docs/model.md`, 5).
            models.Index(
                F("customer"),
                Coalesce("completed_at", "created_at"),
                F("id"),
                condition=Q(deleted_at=None),
                name="payments_of_customer_by_moment",
            ),
            models.Index(fields=["status", "-created_at", "-id"], name="payments_by_status"),
            models.Index(
                fields=["due_date", "id"],
                condition=Q(kind="scheduled", status__in=["pending", "processing", "failed"]),
                name="payments_coming_due",
            ),
            # What is expected of a payer; which invoices those are is read from the index alone.
            models.Index(
                fields=["customer", "due_date", "id"],
                include=["status", "invoice", "deleted_at"],
                condition=Q(kind="scheduled", status__in=["pending", "processing", "failed"]),
                name="payments_expected_of_customer",
            ),
            models.Index(
                fields=["next_try_date", "id"],
                condition=Q(next_try_date__isnull=False, status="failed"),
                name="payments_tried_again",
            ),
            models.Index(fields=["invoice"], condition=Q(invoice__isnull=False), name="payments_of_invoice"),
            models.Index(fields=["refund_of"], condition=Q(refund_of__isnull=False), name="refunds_of_payment"),
            models.Index(
                fields=["customer", "total_minor", "received_date"],
                condition=Q(deleted_at=None, reversed_at=None),
                name="payments_that_look_alike",
            ),
            models.Index(
                fields=["created_at", "id"],
                condition=Q(confirmed_by_customer=True, reversed_at=None),
                name="payments_confirmed_by_customer",
            ),
            # The sums of what is left are read from the index alone.
            models.Index(
                fields=["received_date"],
                include=["currency", "kind", "customer", "unallocated_minor"],
                condition=Q(status="completed", reversed_at=None, deleted_at=None, unallocated_minor__gt=0),
                name="payments_left_by_day",
            ),
        ]
        constraints = [
            # While anything of an invoice is open exactly one expected payment is live; never two.
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(kind="scheduled", status__in=["pending", "processing", "failed"]),
                name="one_live_scheduled_payment",
            ),
            models.CheckConstraint(name="payment_total_is_positive", condition=Q(total_minor__gt=0)),
            models.CheckConstraint(
                name="payment_is_not_overspent",
                condition=Q(
                    allocated_minor__gte=0,
                    difference_minor__gte=0,
                    refunded_minor__gte=0,
                    refund_reserved_minor__gte=0,
                    lost_minor__gte=0,
                    unallocated_minor__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="disputed_money_stays",
                condition=Q(disputed_minor__gte=0, disputed_minor__lte=F("allocated_minor") + F("unallocated_minor"))
                & (Q(disputed_minor=0) | Q(status="completed", reversed_at=None)),
            ),
            models.CheckConstraint(
                name="only_completed_payments_are_spent",
                condition=Q(status="completed") | Q(unallocated_minor=F("total_minor")),
            ),
            models.CheckConstraint(
                name="completed_payment_is_dated",
                condition=~Q(status="completed") | Q(completed_at__isnull=False, received_date__isnull=False),
            ),
            models.CheckConstraint(
                name="scheduled_payment_names_its_invoice",
                condition=Q(kind="scheduled", invoice__isnull=False, customer__isnull=False)
                | (~Q(kind="scheduled") & Q(invoice=None)),
            ),
            # Lists by due date have it of every expected payment.
            models.CheckConstraint(
                name="expected_payment_is_due", condition=~Q(kind="scheduled") | Q(due_date__isnull=False)
            ),
            models.CheckConstraint(
                name="refund_names_its_payment",
                condition=Q(kind="refund", refund_of__isnull=False) | (~Q(kind="refund") & Q(refund_of=None)),
            ),
            models.CheckConstraint(
                name="only_posted_payments_are_reversed", condition=Q(reversed_at=None) | Q(status="completed")
            ),
            models.CheckConstraint(
                name="only_unposted_payments_are_deleted", condition=Q(deleted_at=None) | ~Q(status="completed")
            ),
            models.CheckConstraint(
                name="only_completed_payments_are_confirmed",
                condition=Q(confirmed_by_customer=False) | Q(status="completed"),
            ),
            models.CheckConstraint(name="payment_currency_is_a_code", condition=Q(currency__regex="^[A-Z]{3}$")),
            models.CheckConstraint(
                name="exchanged_money_has_its_rate",
                condition=Q(came_minor=None, came_currency="", came_rate=None)
                | Q(came_minor__gt=0, came_currency__regex="^[A-Z]{3}$", came_rate__gt=0)
                & ~Q(came_currency=F("currency")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.total_minor} {self.currency} {self.status}"


# The ways of paying, and the empty one of what nobody has paid yet.
METHODS = ("", *Payment.Method.values)


class Attempt(Try):
    """One try of a payment at a gateway."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    account = models.ForeignKey("gateways.GatewayAccount", on_delete=models.PROTECT, related_name="+", db_index=False)
    method = models.ForeignKey(PaymentMethod, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    # The agreement by which autopay charged; none when somebody asked for this try.
    agreement = models.ForeignKey(
        AutopayAgreement, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    # What it shall pay, in the currency of its payment, when it is charged in another one.
    owed_minor = models.BigIntegerField(null=True)
    # Which of the customer's actions are possible: whoever set off the attempt is there, or is not.
    off_session = models.BooleanField(default=False)
    saves_method = models.BooleanField(default=False)
    brand = models.CharField(max_length=30, blank=True)
    last_four = models.CharField(max_length=4, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["payment", "created_at"], name="attempts_of_payment"),
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["created", "sent", "pending", "action_required", "unknown"]),
                name="live_attempts",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(state__in=["created", "sent", "pending", "action_required", "unknown"]),
                name="one_live_attempt_per_payment",
            ),
            models.UniqueConstraint(
                fields=["account", "gateway_reference"],
                condition=~Q(gateway_reference=""),
                name="each_gateway_reference_once",
            ),
            models.CheckConstraint(name="attempt_amount_is_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="exchanged_attempt_pays_something", condition=Q(owed_minor=None) | Q(owed_minor__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} {self.state}"

    @property
    def pays_minor(self) -> int:
        """What it shall pay, in minor units of its payment's currency."""
        return self.amount_minor if self.owed_minor is None else self.owed_minor


class GatewayFee(models.Model):
    """A fee that a gateway reported: posts once for each of its fee ids (J35)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey("gateways.GatewayAccount", on_delete=models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=120)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "external_id"], name="each_fee_once"),
            models.CheckConstraint(name="fee_is_positive", condition=Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class PaymentEvent(models.Model):
    """A change of a payment's status, with who and why: the timeline, and the proof of each transition."""

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    event = models.CharField(max_length=30)
    from_status = models.CharField(max_length=10, blank=True)
    to_status = models.CharField(max_length=10)
    actor_label = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.event} at {self.at}"
