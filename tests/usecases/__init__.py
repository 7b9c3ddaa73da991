"""Stories through the use cases, with a real database and a real sandbox."""
