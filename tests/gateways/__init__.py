"""Adapters of payment services against real services."""
