"""The template tags of the kit."""
