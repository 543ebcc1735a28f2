"""The floor: maps, grids and the shoppers that walk them."""
