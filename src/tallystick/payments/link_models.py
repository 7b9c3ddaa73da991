"""Links by which somebody pays without signing in."""

from django.db import models
from django.db.models import F, Q

from tallystick.foundation.ids import new_id


class PaymentLink(models.Model):
    """A secret address that opens one invoice, or one payment that failed, for paying it (E20, E21).

    Of the secret only the hash is kept. A link is never deleted: it expires, or is revoked once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # `invoice` or `failed_payment`.
    purpose = models.CharField(max_length=20)
    invoice = models.ForeignKey(
        "invoices.Invoice", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    payment = models.ForeignKey(
        "payments.Payment", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    # Whether it was made for a mail, by which it goes to the payer.
    is_mailed = models.BooleanField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["invoice", "made_at"], condition=Q(invoice__isnull=False), name="links_of_invoice"),
            models.Index(fields=["payment", "made_at"], condition=Q(payment__isnull=False), name="links_of_payment"),
        ]
        constraints = [
            models.CheckConstraint(
                name="link_opens_one_thing",
                condition=Q(purpose="invoice", invoice__isnull=False, payment=None)
                | Q(purpose="failed_payment", invoice=None, payment__isnull=False),
            ),
            models.CheckConstraint(name="link_expires_later", condition=Q(expires_at__gt=F("made_at"))),
            models.CheckConstraint(
                name="link_is_revoked_by_somebody",
                condition=Q(revoked_at=None, revoked_by="") | (Q(revoked_at__isnull=False) & ~Q(revoked_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} until {self.expires_at}"
