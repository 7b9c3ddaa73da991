"""Doors: each translates one protocol into exactly one use-case call, and a result or error back."""
