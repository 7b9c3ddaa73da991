"""Public ids read back, for every door alike. Each function raises `NotFound` for a text that cannot be such an id."""

from uuid import UUID

from tallystick.foundation.ids import parse_public_id
from tallystick.wire import (
    approvals,
    bill_runs,
    builders,
    bulk_acts,
    catalog,
    disputes,
    dunning,
    gateway_messages,
    letters,
    method_setups,
    payment_imports,
    payment_links,
    purchase_tax,
    references,
    saved_views,
    staff,
    subscriptions,
    vouchers,
    wallets,
)


def customer_id_of(text: str) -> UUID:
    """This function will return the id of a customer from its public id."""
    return parse_public_id(builders.CUSTOMER, text, kind="customer")


def contact_id_of(text: str) -> UUID:
    """This function will return the id of a contact from its public id."""
    return parse_public_id(builders.CONTACT, text, kind="contact")


def invoice_id_of(text: str) -> UUID:
    """This function will return the id of an invoice from its public id."""
    return parse_public_id(builders.INVOICE, text, kind="invoice")


def credit_note_id_of(text: str) -> UUID:
    """This function will return the id of a credit note from its public id."""
    return parse_public_id(builders.CREDIT_NOTE, text, kind="credit note")


def payment_id_of(text: str) -> UUID:
    """This function will return the id of a payment from its public id."""
    return parse_public_id(builders.PAYMENT, text, kind="payment")


def method_id_of(text: str) -> UUID:
    """This function will return the id of a stored payment method from its public id."""
    return parse_public_id(builders.PAYMENT_METHOD, text, kind="payment method")


def method_setup_id_of(text: str) -> UUID:
    """This function will return the id of a set-up of a payment method from its public id."""
    return parse_public_id(method_setups.METHOD_SETUP, text, kind="set-up of a payment method")


def attempt_id_of(text: str) -> UUID:
    """This function will return the id of an attempt from its public id."""
    return parse_public_id(builders.ATTEMPT, text, kind="attempt")


def allocation_id_of(text: str) -> UUID:
    """This function will return the id of an allocation from its public id."""
    return parse_public_id(builders.ALLOCATION, text, kind="allocation")


def gateway_account_id_of(text: str) -> UUID:
    """This function will return the id of a gateway account from its public id."""
    return parse_public_id(builders.GATEWAY_ACCOUNT, text, kind="gateway account")


def tax_rate_id_of(text: str) -> UUID:
    """This function will return the id of a tax rate from its public id."""
    return parse_public_id(builders.TAX_RATE, text, kind="tax rate")


def billing_group_id_of(text: str) -> UUID:
    """This function will return the id of a billing group from its public id."""
    return parse_public_id(builders.BILLING_GROUP, text, kind="billing group")


def dunning_plan_id_of(text: str) -> UUID:
    """This function will return the id of a dunning plan from its public id."""
    return parse_public_id(dunning.DUNNING_PLAN, text, kind="dunning plan")


def payment_import_id_of(text: str) -> UUID:
    """This function will return the id of a file of receipts from its public id."""
    return parse_public_id(payment_imports.PAYMENT_IMPORT, text, kind="payment import")


def payment_link_id_of(text: str) -> UUID:
    """This function will return the id of a payment link from its public id."""
    return parse_public_id(payment_links.PAYMENT_LINK, text, kind="payment link")


def receipt_id_of(text: str) -> UUID:
    """This function will return the id of a receipt from its public id."""
    return parse_public_id(builders.RECEIPT, text, kind="receipt")


def product_id_of(text: str) -> UUID:
    """This function will return the id of a product from its public id."""
    return parse_public_id(catalog.PRODUCT, text, kind="product")


def variant_id_of(text: str) -> UUID:
    """This function will return the id of a variant from its public id."""
    return parse_public_id(catalog.VARIANT, text, kind="variant")


def price_id_of(text: str) -> UUID:
    """This function will return the id of a price from its public id."""
    return parse_public_id(catalog.PRICE, text, kind="price")


def subscription_id_of(text: str) -> UUID:
    """This function will return the id of a subscription from its public id."""
    return parse_public_id(references.SUBSCRIPTION, text, kind="subscription")


def contract_file_id_of(text: str) -> UUID:
    """This function will return the id of a contract file from its public id."""
    return parse_public_id(subscriptions.CONTRACT_FILE, text, kind="contract file")


def transfer_proof_id_of(text: str) -> UUID:
    """This function will return the id of a proof of a transfer from its public id."""
    return parse_public_id(builders.TRANSFER_PROOF, text, kind="proof of a transfer")


def topup_request_id_of(text: str) -> UUID:
    """This function will return the id of a top-up request from its public id, which is of the kind of an invoice's."""
    return parse_public_id(builders.INVOICE, text, kind="top-up request")


def tax_document_id_of(text: str) -> UUID:
    """This function will return the id of a top-up's tax document from its public id."""
    return parse_public_id(wallets.TAX_DOCUMENT, text, kind="tax document")


def purchase_tax_document_id_of(text: str) -> UUID:
    """This function will return the id of a tax invoice of purchases from its public id."""
    return parse_public_id(purchase_tax.PURCHASE_TAX_DOCUMENT, text, kind="tax document")


def letter_id_of(text: str) -> UUID:
    """This function will return the id of a letter on paper from its public id."""
    return parse_public_id(letters.LETTER, text, kind="letter")


def charge_id_of(text: str) -> UUID:
    """This function will return the id of a charge from its public id, which is that of its payment."""
    return parse_public_id(builders.PAYMENT, text, kind="charge")


def wallet_draw_id_of(text: str) -> UUID:
    """This function will return the id of what a wallet paid of an invoice from its public id."""
    return parse_public_id(wallets.WALLET_DRAW, text, kind="wallet draw")


def voucher_batch_id_of(text: str) -> UUID:
    """This function will return the id of a batch of vouchers from its public id."""
    return parse_public_id(vouchers.VOUCHER_BATCH, text, kind="voucher batch")


def bulk_act_id_of(text: str) -> UUID:
    """This function will return the id of an act on many payments from its public id."""
    return parse_public_id(bulk_acts.BULK_ACT, text, kind="bulk act")


def bill_run_id_of(text: str) -> UUID:
    """This function will return the id of a bill run from its public id."""
    return parse_public_id(bill_runs.BILL_RUN, text, kind="bill run")


def dispute_id_of(text: str) -> UUID:
    """This function will return the id of a dispute from its public id."""
    return parse_public_id(disputes.DISPUTE, text, kind="dispute")


def role_id_of(text: str) -> UUID:
    """This function will return the id of a role from its public id."""
    return parse_public_id(staff.ROLE, text, kind="role")


def member_id_of(text: str) -> UUID:
    """This function will return the id of a member of staff from its public id."""
    return parse_public_id(staff.MEMBER, text, kind="member of staff")


def approval_id_of(text: str) -> UUID:
    """This function will return the id of an approval request from its public id."""
    return parse_public_id(approvals.APPROVAL, text, kind="approval request")


def view_id_of(text: str) -> UUID:
    """This function will return the id of a saved view from its public id."""
    return parse_public_id(saved_views.VIEW, text, kind="view")


def gateway_message_id_of(text: str) -> UUID:
    """This function will return the id of a message of a payment service from its public id."""
    return parse_public_id(gateway_messages.GATEWAY_MESSAGE, text, kind="gateway message")
