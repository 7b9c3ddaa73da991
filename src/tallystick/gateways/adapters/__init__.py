"""One package per payment service, strangers to one another; each imports only the port and `money`.

A new one is registered in `gateways/registry.py` and passes the contract suite in `tests/gateways`.
"""
