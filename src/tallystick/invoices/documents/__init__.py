"""Invoices, credit notes, receipts and statements of account as PDF: facts in, bytes out.

Owns how a document looks and reads. Reads no database, asks no clock, and knows no setting: the same facts give the
same bytes.
"""
