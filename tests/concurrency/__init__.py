"""Many threads at the same thing."""
