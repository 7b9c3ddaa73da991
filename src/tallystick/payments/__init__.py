"""Payments: one row per event of money, expected or real; their attempts at gateways, and stored payment methods.

Owns the five kinds and five statuses. Never says which invoice a payment settles: that is in `allocations`.
"""
