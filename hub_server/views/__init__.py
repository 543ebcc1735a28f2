"""What the engine answers to the pages: structs that msgspec encodes as the JSON of the API."""
