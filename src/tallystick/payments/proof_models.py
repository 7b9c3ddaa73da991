"""What customers handed in to prove that they sent money."""

from django.db import models
from django.db.models import Q

from tallystick.foundation.ids import new_id


class TransferProof(models.Model):
    """The bank's confirmation of a promised transfer, or a picture of it, as it was handed in; it never changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=200)

    class Meta:
        constraints = [models.CheckConstraint(name="transfer_proof_is_not_empty", condition=Q(size__gt=0))]

    def __str__(self) -> str:
        return self.name
