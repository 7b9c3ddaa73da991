"""The design system."""
