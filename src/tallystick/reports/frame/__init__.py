"""Reports: what each answers, by which rule, in a table for each currency (E36, E37; `docs/model.md`, 30).

Owns the one registry of reports. A door shows every report in the same way and knows none of them; each figure names
the list whose rows sum to it.
"""
