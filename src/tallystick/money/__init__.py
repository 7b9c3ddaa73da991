"""Money, currencies, named rounding, and splits that lose nothing.

Owns no table. Never guesses: there is no default currency, no default amount, and no float.
"""
