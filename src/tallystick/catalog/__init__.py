"""What is sold, and at which tax rate.

Owns tax rates today; products, variants and prices join it with subscriptions. Archives, never deletes.
"""
