"""Prepaid money in lots, charges and vouchers. The room waits for its first table."""
