"""What orders to gateways have in common: written down before they leave, and asked about until they are over."""

from django.db import models


class Try(models.Model):
    """An order to a gateway, committed before the gateway is called. Live until its outcome is final."""

    class State(models.TextChoices):
        """`created` is not sent yet; the others are the port's outcomes."""

        CREATED = "created"
        SENT = "sent"
        PENDING = "pending"
        ACTION_REQUIRED = "action_required"
        UNKNOWN = "unknown"
        SUCCEEDED = "succeeded"
        DECLINED = "declined"
        NOT_PERFORMED = "not_performed"

    LIVE = ("created", "sent", "pending", "action_required", "unknown")

    state = models.CharField(max_length=16, choices=State.choices, default=State.CREATED)
    return_url = models.CharField(max_length=500, blank=True)
    action_url = models.CharField(max_length=500, blank=True)
    gateway_reference = models.CharField(max_length=120, blank=True)
    decline_code = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
