"""Bank accounts, statements, matching and remittance files. The room waits for its first table."""
