"""Invoices, their lines and credit notes.

Owns the claims on customers: drafts, gap-free numbers, frozen parties and lines, tax, void. An issued document never
changes. Never moves money: what settles an invoice is in `allocations`.
"""
