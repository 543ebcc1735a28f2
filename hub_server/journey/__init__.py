"""The path of an open visit: its track on the map, and the stages by rule."""
