"""The public result: counts by dong, day and facility category, none of which tells of a few people.

tables      cells of one day and the totals they add up to
audit       what anybody can work out of what is published: the interval of every withheld cell
suppress    which cells are withheld, so that no protected one can be worked out
beside      index visits beside the entries of the day: whoever knows both works out no more
counts      from a study without sensitive facilities to those tables
words       one word for each dong
told_days   what is out of a day, and stays as it was
unlogged    how much of a day a dong's facilities did not log
hours       that share, day by day, protected
earlier     public folders that were made before
register    everything that was ever published; it only grows, and binds
folder      the public folder: written, read again as a stranger would, audited, put in place
run         all of it: `analytics hotspots --publish`

Rules and their reasons: docs/publication.md.
"""
