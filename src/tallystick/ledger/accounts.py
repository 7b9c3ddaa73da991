"""The chart of accounts (`docs/chart-of-accounts.md`): which accounts exist, and how each is kept."""

from dataclasses import dataclass
from typing import Final

DEBIT: Final = "D"
CREDIT: Final = "C"


@dataclass(frozen=True)
class Account:
    """A ledger account. `of_customer` accounts (marked C in the chart) name the customer who pays."""

    code: str
    name: str
    normal_side: str
    of_customer: bool = False


CASH = Account("1000", "Cash in hand", DEBIT)
BANK = Account("1010", "Bank", DEBIT)
BANK_CLEARING = Account("1100", "Bank clearing", DEBIT)
CHEQUES = Account("1110", "Cheques in hand", DEBIT)
GATEWAY_CLEARING = Account("1120", "Gateway clearing", DEBIT)
# What is open between the business and its bank and payment services; 0 when everything is matched.
CLEARING: Final = (BANK_CLEARING, CHEQUES, GATEWAY_CLEARING)
DISPUTED_FUNDS = Account("1130", "Disputed funds", DEBIT)
RECEIVABLES = Account("1200", "Receivables", DEBIT, of_customer=True)
CURRENCY_EXCHANGE = Account("1900", "Currency exchange", DEBIT)
SUSPENSE = Account("2000", "Suspense", CREDIT)
CUSTOMER_CREDIT = Account("2100", "Customer credit", CREDIT, of_customer=True)
WALLET_PAID = Account("2200", "Wallet, paid", CREDIT, of_customer=True)
WALLET_PROMOTIONAL = Account("2210", "Wallet, promotional", CREDIT, of_customer=True)
VOUCHERS_SOLD = Account("2220", "Vouchers sold, not redeemed", CREDIT)
OUTPUT_TAX = Account("2300", "Output tax", CREDIT)
DEFERRED_REVENUE = Account("2400", "Deferred revenue", CREDIT)
OPENING_BALANCES = Account("3900", "Opening balances", CREDIT)
OUTSIDE_BANK_LINES = Account("3910", "Bank lines outside this system", CREDIT)
REVENUE = Account("4000", "Revenue, subscriptions and one-off lines", CREDIT)
REVENUE_CHARGES = Account("4010", "Revenue, charges", CREDIT)
FEES_CHARGED = Account("4050", "Fees charged to customers", CREDIT)
PROMOTIONAL_CREDIT = Account("4900", "Promotional credit granted", DEBIT)
PAID_CREDIT_EXPIRED = Account("4910", "Paid credit expired", CREDIT)
GATEWAY_FEES = Account("6100", "Gateway and bank fees", DEBIT)
DISPUTE_LOSSES = Account("6110", "Dispute fees and losses", DEBIT)
BAD_DEBTS = Account("6200", "Bad debts", DEBIT)
SMALL_DIFFERENCES = Account("6800", "Small differences", DEBIT)
EXCHANGE_REALISED = Account("6810", "Exchange differences, realised", DEBIT)
EXCHANGE_UNREALISED = Account("6820", "Exchange differences, unrealised", DEBIT)

CHART: Final[dict[str, Account]] = {
    account.code: account
    for account in (
        CASH,
        BANK,
        BANK_CLEARING,
        CHEQUES,
        GATEWAY_CLEARING,
        DISPUTED_FUNDS,
        RECEIVABLES,
        CURRENCY_EXCHANGE,
        SUSPENSE,
        CUSTOMER_CREDIT,
        WALLET_PAID,
        WALLET_PROMOTIONAL,
        VOUCHERS_SOLD,
        OUTPUT_TAX,
        DEFERRED_REVENUE,
        OPENING_BALANCES,
        OUTSIDE_BANK_LINES,
        REVENUE,
        REVENUE_CHARGES,
        FEES_CHARGED,
        PROMOTIONAL_CREDIT,
        PAID_CREDIT_EXPIRED,
        GATEWAY_FEES,
        DISPUTE_LOSSES,
        BAD_DEBTS,
        SMALL_DIFFERENCES,
        EXCHANGE_REALISED,
        EXCHANGE_UNREALISED,
    )
}

# Only these may carry amount 0 with a base amount: exchange differences exist in the base currency alone.
BASE_ONLY = frozenset({EXCHANGE_REALISED.code, EXCHANGE_UNREALISED.code})
