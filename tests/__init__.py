"""The tests: real PostgreSQL, the real sandbox gateway, real processes."""
