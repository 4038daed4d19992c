"""Three measurements: what Lantern costs, how well questions find their topics, how long the figures take."""
