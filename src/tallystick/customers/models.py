"""Customers, the people who act for them, and the groups that are billed together."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from tallystick.foundation.ids import new_id


class Customer(models.Model):
    """Somebody who owes or pays: a business, or an individual."""

    class Kind(models.TextChoices):
        """A business pays by its terms; an individual is due on the invoice date (`docs/model.md`, 24)."""

        BUSINESS = "business"
        INDIVIDUAL = "individual"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=200)
    # The account number that people quote; gap-free like every number that people see.
    number = models.CharField(max_length=30, unique=True)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=12, blank=True)
    tax_id = models.CharField(max_length=40, blank=True)
    terms_days = models.PositiveSmallIntegerField(default=0)
    address_lines = models.TextField(blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    # Credit pays the oldest open invoices as soon as one is issued, unless this is off (`docs/model.md`, 18).
    applies_credit = models.BooleanField(default=True)
    # Portal contacts may complete their own bank transfers: off unless staff say so (`docs/model.md`, 7).
    completes_own_transfers = models.BooleanField(default=False)
    # None above this, in minor units of `own_transfer_cap_currency`.
    own_transfer_cap_minor = models.BigIntegerField(null=True)
    own_transfer_cap_currency = models.CharField(max_length=3, blank=True, db_default="")
    # Money that names no invoice fills the wallet of a prepaid customer (`docs/model.md`, 20).
    is_prepaid = models.BooleanField(default=False, db_default=False)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(Lower("name"), "id", name="customers_by_name"),
            models.Index(fields=["-created_at", "-id"], name="customers_newest_first"),
        ]
        constraints = [
            models.CheckConstraint(name="individuals_pay_at_once", condition=~Q(kind="individual") | Q(terms_days=0)),
            models.CheckConstraint(name="customer_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="customer_currency_is_a_code", condition=Q(currency__regex="^[A-Z]{3}$")),
            models.CheckConstraint(
                name="own_transfers_are_capped",
                condition=Q(own_transfer_cap_minor=None, own_transfer_cap_currency="", completes_own_transfers=False)
                | Q(own_transfer_cap_minor__gt=0, own_transfer_cap_currency__regex="^[A-Z]{3}$"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class Contact(models.Model):
    """A person of the customer: gets its mail, and may sign in to the portal with these rights."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=200)
    email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    # One of those that the program speaks; empty for the customer's.
    language = models.CharField(max_length=12, blank=True, default="", db_default="")
    # Invoices and reminders go to billing contacts; receipts to all contacts (`docs/model.md`, 13).
    is_billing = models.BooleanField(default=False)
    # Which kinds of mail, once somebody chose; what goes to whom before is said in `customers.mails`.
    mails = ArrayField(models.CharField(max_length=20), null=True)
    # How many days before a coming invoice is due this person hears of it, where not as the business says.
    notice_days = models.PositiveSmallIntegerField(null=True)
    rights = ArrayField(models.CharField(max_length=20), default=list)
    user = models.ForeignKey("foundation.User", null=True, on_delete=models.PROTECT, related_name="contacts")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["notice_days", "customer"],
                condition=Q(notice_days__isnull=False),
                name="contacts_with_own_days",
            )
        ]
        constraints = [
            models.UniqueConstraint(Lower("email"), "customer", name="one_contact_per_address"),
            models.UniqueConstraint(fields=["user", "customer"], name="one_contact_per_user"),
            models.CheckConstraint(name="contact_email_is_one_line", condition=~Q(email__regex=r"[\r\n]")),
            models.CheckConstraint(
                name="billing_contacts_get_invoices",
                condition=Q(mails=None)
                | Q(is_billing=True, mails__contains=["invoices"])
                | (Q(is_billing=False) & ~Q(mails__contains=["invoices"])),
            ),
            models.CheckConstraint(
                name="contact_hears_within_days", condition=Q(notice_days=None) | Q(notice_days__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class BillingGroup(models.Model):
    """Customers whose subscriptions come on one invoice, owed by the group's payer (`docs/model.md`, 28)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    payer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    # The day of the month on which the group is billed; in a shorter month its last day.
    billing_day = models.PositiveSmallIntegerField()
    # The next such day. Its invoice takes every unbilled period that starts before it.
    next_billing_date = models.DateField()
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_billing_date", "id"], condition=Q(archived_at=None), name="groups_coming_due")
        ]
        constraints = [
            models.UniqueConstraint(Lower("name"), condition=Q(archived_at=None), name="one_group_of_a_name"),
            models.CheckConstraint(name="group_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(name="billing_day_is_a_day", condition=Q(billing_day__gte=1, billing_day__lte=31)),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """From which day to which a customer is billed with a group; a period belongs where its first day lies."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(BillingGroup, on_delete=models.PROTECT, related_name="memberships")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="memberships")
    joined_date = models.DateField()
    # The first day on which the customer is billed alone again.
    left_date = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(left_date=None), name="one_open_membership_per_customer"
            ),
            models.CheckConstraint(
                name="membership_ends_after_it_began",
                condition=Q(left_date=None) | Q(left_date__gte=F("joined_date")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.joined_date} – {self.left_date or ''}"


class PortalView(models.Model):
    """A member of staff sees the portal as a contact does, for a while, and changes nothing (`docs/model.md`, 34)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey("foundation.User", on_delete=models.PROTECT, related_name="portal_views")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="portal_views")
    begun_at = models.DateTimeField()
    # When it ends by itself.
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at=None), name="one_open_view_per_user"),
            models.CheckConstraint(name="view_ends_after_it_began", condition=Q(ends_at__gt=F("begun_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} as {self.contact_id}"
