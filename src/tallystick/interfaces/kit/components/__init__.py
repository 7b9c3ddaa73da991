"""The components, grouped by what they are for; `templatetags/kit.py` gives them to templates."""
