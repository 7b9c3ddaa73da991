"""What every room stands on: database, transactions, jobs, clock, idempotency, audit, permissions, numbering, settings.

Owns the tables of users, roles, API keys, idempotency records, audit entries, number series and settings. Knows no
business noun: a customer is at most a plain pair (kind, id) here.
"""
