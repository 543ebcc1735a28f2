"""Where things are on the floor, how far on foot, and which way."""
