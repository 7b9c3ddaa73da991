"""Every message that leaves: e-mail today, outbound webhooks later; templates and deliveries.

Owns messages and what became of them. Never decides that a message is due: a use case does.
"""
