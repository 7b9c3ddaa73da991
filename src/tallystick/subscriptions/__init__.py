"""Contracts, schedules, billed periods and proration. The room waits for its first table."""
