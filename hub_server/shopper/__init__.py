"""What a shopper said, chose and may see, and how it is taken back, exported and deleted."""
