"""Tries of customers with cards that nobody knows yet, as far as they did not work: what limits count."""

from django.db import models


class CardTry(models.Model):
    """A customer went to a gateway with a new card, to pay or to store it. The row goes when that succeeds.

    `address` is a keyed hash of the network address from which it was: equal ones are seen, none can be read.
    """

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    address = models.CharField(max_length=64, blank=True)
    # What was begun: the id of an attempt, or of a set-up.
    about = models.UUIDField(unique=True)
    begun_at = models.DateTimeField()
    failed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "begun_at"], name="card_tries_of_customer"),
            models.Index(fields=["address", "begun_at"], name="card_tries_from_address"),
        ]

    def __str__(self) -> str:
        return f"{self.about} since {self.begun_at}"
