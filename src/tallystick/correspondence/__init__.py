"""Every message that leaves: e-mail today, outbound webhooks later; templates and deliveries.

The text of each mail stands in `templates/correspondence/<kind>.txt`, `.html` and `.subject.txt`, its values in
`contents.py`. Owns messages and what became of them. Never decides that a message is due: a use case does.
"""
