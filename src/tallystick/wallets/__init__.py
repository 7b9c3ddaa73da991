"""Prepaid money: wallets, their lots, and the charges that draw on them.

Owns each customer's wallet with its debit limit, lots (paid and promotional), what each charge took of which lot, and
the extra facts of charges. Never owes: a top-up request is in `invoices`, its money in `payments`.
"""
