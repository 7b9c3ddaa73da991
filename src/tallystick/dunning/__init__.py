"""What is due to be reminded or suspended today, by which plan: decides, never acts."""
