"""The columns of payments: those that a customer may read, and those for staff."""

from typing import Final

# What a customer may read. The private text, the remark and the typed fee are not among it, so that no outward
# query can select them by mistake.
PUBLIC_FIELDS: Final = (
    "id",
    "kind",
    "status",
    "customer_id",
    "total_minor",
    "currency",
    "description",
    "customer_note",
    "method",
    "account_id",
    "reference",
    "invoice_id",
    "due_date",
    "next_try_date",
    "received_date",
    "created_at",
    "completed_at",
    "receipt_number",
    "confirmed_by_customer",
    "cancel_reason",
    "failure_code",
    "reversed_at",
    "refund_of_id",
    "replaces_id",
    "allocated_minor",
    "difference_minor",
    "refunded_minor",
    "refund_reserved_minor",
    "lost_minor",
    "disputed_minor",
    "unallocated_minor",
    "came_minor",
    "came_currency",
    "came_rate",
    "came_rate_source",
)
STAFF_FIELDS: Final = (
    *PUBLIC_FIELDS,
    "private_text",
    "remark",
    "fee_minor",
    "invoice_text",
    "mails_confirmation",
    "assignment_edits",
)
