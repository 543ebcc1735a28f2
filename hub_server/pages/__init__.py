"""The pages and interfaces that people and other systems meet."""
