"""Pictures of the running demonstration for docs/: `make screenshots`."""
