"""One package per payment service, strangers to one another; each imports only the port and `money`."""
