"""Processes killed at every point, and what is left."""
