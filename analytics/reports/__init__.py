"""Reports of a run for people: the weekly floating-population report and the daily hotspot brief.

reading    a result folder of `hotspots`
dongs      its units by dong, hour by hour
weekly     what the week looked like: dong × hour, surges, days unlike the usual
daily      what is hot: why, since when, how sure, what to do, what is not known
words      dates and figures as a public office writes them
html_*     two printed pages of A4; sheets: XLSX; tables: CSV; press: a picture for a press sheet
write      all of it into one folder

What is in each, and how it is meant: docs/reports.md.
"""
