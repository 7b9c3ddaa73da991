"""The back office: pages for staff, at `/office/`. Every view reads queries, or makes exactly one use-case call."""
