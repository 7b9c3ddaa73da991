"""The words that customers accepted when they paid."""

from django.db import models

from tallystick.foundation.ids import new_id


class PaymentTerms(models.Model):
    """A text that somebody accepted, kept once under its SHA-256."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()

    def __str__(self) -> str:
        return self.sha256


class TermsAcceptance(models.Model):
    """Who accepted which words with a payment, and when (C13). It never changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="+")
    terms = models.ForeignKey(PaymentTerms, on_delete=models.PROTECT, related_name="+", db_index=False)
    accepted_by = models.CharField(max_length=200)
    accepted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.accepted_by} at {self.accepted_at}"
