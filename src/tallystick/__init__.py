"""Tallystick: self-hosted payments and billing over a double-entry ledger.

Rooms are nouns (money, ledger, invoices, payments ...), doors are verbs (usecases), and interfaces translate a
protocol into exactly one use-case call. `CONTRIBUTING.md` explains the house; import-linter holds its walls.
"""
