"""What the store sells: products, stock and names, found as people type them."""
