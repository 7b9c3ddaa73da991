"""Contracts, their schedules, the periods that were billed, proration, and the runs that bill.

Owns: what a customer subscribed to and when each period begins; that no period is billed twice; how a part of a period
is priced. Never: issues an invoice, posts, or takes money; `usecases.bill_run` and `usecases.subscribe` do that.
"""
