"""Every text that a customer can meet, found in the code, and whether the catalogue says it in German."""
