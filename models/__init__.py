"""Training and evaluation of what the hub serves."""
