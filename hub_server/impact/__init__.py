"""What speaking changed: effects against control, guardrails, counts of nobody in particular."""
