"""Who is in the store: visits and pairings in memory, tags, signs of life, and each moment."""
