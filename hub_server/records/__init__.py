"""What the database keeps: the tables, with purpose and age of each field, and whose a row is."""
