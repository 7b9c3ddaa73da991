"""The template tags of the back office."""
