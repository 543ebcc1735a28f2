"""What happens on every channel: kept once, in one order, and what is true after it."""
