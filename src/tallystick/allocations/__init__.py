"""What a payment is meant for, and what settles which invoice.

Owns targets, reservations (one live attempt per debt), allocations and small differences. Never talks to a gateway.
"""
