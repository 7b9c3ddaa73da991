"""The public shapes of things, shared by API answers and outbound webhooks. Reads rooms, writes nothing."""
