"""Forms of a result for people: a map for the browser, a picture, a file for geographic information systems."""
