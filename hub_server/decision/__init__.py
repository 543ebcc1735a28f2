"""Whether to speak: the moment as one value, conditions, gates, caps, the choice, its replay."""
