"""What was said: kept before it goes out, taken back when it is wrong, answered, explained."""
