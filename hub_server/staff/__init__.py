"""Who helps: requests of shoppers, taken by a name, and how far they are."""
