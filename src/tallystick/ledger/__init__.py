"""The books: accounts, journal entries, postings, balances.

Owns the double-entry ledger, append-only. Never decides what posts: the rules stand in each room's `posting_rules.py`,
by their number in `docs/chart-of-accounts.md`.
"""
