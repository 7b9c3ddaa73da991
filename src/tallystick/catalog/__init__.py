"""What is sold, and at which tax rate.

Owns products, variants, prices and tax rates. Archives, never deletes; never changes a price that somebody has.
"""
