"""A payment service of its own for demonstration and tests: another process, port and store.

It shares no code with Tallystick, as a real payment service would not.
"""
