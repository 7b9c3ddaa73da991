"""The port to payment services, their accounts, and the inbox of their raw messages.

Owns gateway accounts and the inbox. Never touches a payment: an adapter takes plain data and answers with plain data,
in a closed set of outcomes.
"""
