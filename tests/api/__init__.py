"""The API and the webhook door, asked as programs ask them."""
