"""Where PostgreSQL is, and the embedded server for those who bring none."""
