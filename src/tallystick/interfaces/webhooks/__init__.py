"""Messages from payment services: verified, stored, answered at once."""
