"""Customers, their contacts and sign-in, terms of payment and addresses.

Owns who pays and who may act for them. Never knows what they owe: that is read from the ledger.
"""
