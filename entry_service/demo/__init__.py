"""The demo city: a seeded generator of Gunpo in the summer of 2020, and the builder that fills the log with it.

Nothing is imported here, so that a page that needs only ``facts`` does not load numpy.
"""
