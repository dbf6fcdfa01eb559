"""`watch`: takes population files and requests as they come, runs the statistics, and moves the pointer `latest`.

What passes between service and watcher are files (docs/operations.md): `request.json` in, `progress.json`, one
folder a run and `latest` out. Each is put in place in one step; whatever a kill leaves half done has a name that
nobody reads, and goes at the next start.
"""
