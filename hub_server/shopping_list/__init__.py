"""A shopping list: kept, ordered for walking, watched on the way."""
