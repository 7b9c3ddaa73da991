"""The demonstration's business: two years of history, told day by day through the use cases themselves."""
