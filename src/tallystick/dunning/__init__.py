"""What is due to be reminded, retried or suspended today: decides, never acts. The room waits for its first rule."""
