"""Every page and act of the portal at phone width, by keyboard alone and without scripts (`tests/portal/hands.py`)."""
