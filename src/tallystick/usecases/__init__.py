"""Verbs: one function per thing that a person or a machine may ask for.

A use case alone holds permission, idempotency, the transaction, the order of locks, and the audit entry. It takes
plain values by keyword, with `actor` and `at`.
"""
