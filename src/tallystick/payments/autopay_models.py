"""What payers agreed to have charged by itself."""

from django.db import models
from django.db.models import Q

from tallystick.foundation.ids import new_id


class AutopayAgreement(models.Model):
    """The payer's word that its invoices are charged when they are due (`docs/model.md`, 27). It ends, and is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    # The method that is charged; none, or one that was removed since, is the default method of that day.
    method = models.ForeignKey(
        "payments.PaymentMethod", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Charged on the last such day of the month by the due date; none is the due date itself.
    charge_day = models.PositiveSmallIntegerField(null=True)
    # No charge above this, in minor units of `cap_currency`.
    cap_minor = models.BigIntegerField(null=True)
    cap_currency = models.CharField(max_length=3, blank=True)
    # The very words that were accepted, and their hash, by which one can prove what they were.
    terms_text = models.TextField()
    terms_sha256 = models.CharField(max_length=64)
    accepted_at = models.DateTimeField()
    accepted_by = models.CharField(max_length=200)
    # Who that was: a contact of the payer itself, or staff or a program for it. Those say how the payer agreed.
    accepted_through = models.CharField(max_length=10, db_default="contact")
    evidence = models.CharField(max_length=200, blank=True, db_default="")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "accepted_at"], name="agreements_of_customer")]
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(ended_at=None), name="one_agreement_per_customer"),
            models.CheckConstraint(
                name="charge_day_is_a_day",
                condition=Q(charge_day=None) | Q(charge_day__gte=1, charge_day__lte=31),
            ),
            models.CheckConstraint(
                name="cap_has_its_currency",
                condition=Q(cap_minor=None, cap_currency="") | Q(cap_minor__gt=0, cap_currency__regex="^[A-Z]{3}$"),
            ),
        ]

    def __str__(self) -> str:
        return f"since {self.accepted_at}"


class AutopaySwitch(models.Model):
    """The payer's word that automatic payment goes on with the card of a try, once that try paid (E38b, C13)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    attempt = models.OneToOneField("payments.Attempt", on_delete=models.PROTECT, related_name="+")
    terms = models.ForeignKey("payments.PaymentTerms", on_delete=models.PROTECT, related_name="+", db_index=False)
    accepted_by = models.CharField(max_length=200)
    accepted_through = models.CharField(max_length=10)
    accepted_at = models.DateTimeField()
    # What it became.
    agreement = models.OneToOneField(AutopayAgreement, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"accepted at {self.accepted_at}"
