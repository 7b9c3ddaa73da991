"""Set-ups: ways to a gateway's own page on which a payment method is stored without paying."""

from django.db import models
from django.db.models import Q

from tallystick.foundation.ids import new_id
from tallystick.payments.try_models import Try


class MethodSetup(Try):
    """One try of a customer to store a payment method (B3, C11, E38e). It is kept, whatever became of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey("gateways.GatewayAccount", on_delete=models.PROTECT, related_name="+", db_index=False)
    # Whether the method shall be the default one, also where there is one already.
    makes_default = models.BooleanField()
    # What it stored.
    method = models.ForeignKey(
        "payments.PaymentMethod", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["customer", "created_at"], name="setups_of_customer"),
            models.Index(fields=["created_at"], condition=Q(state__in=list(Try.LIVE)), name="live_setups"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "gateway_reference"],
                condition=~Q(gateway_reference=""),
                name="each_setup_reference_once",
            ),
            models.CheckConstraint(
                name="setup_stored_what_succeeded",
                condition=Q(state="succeeded", method__isnull=False) | (~Q(state="succeeded") & Q(method=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} since {self.created_at}"
