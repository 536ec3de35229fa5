"""The HTTP API of a node.

app.py          the routes, the errors, and what every request passes first
dependencies.py who asks, for which session
sessions.py     create, list, look at, extend, reset, release; the /json shim
files.py        uploads and downloads;  file_body.py sends a file, whole or in part
live.py         the screencast, the screenshot, events as they happen
operations.py   health, pressure, metrics, drain;  metrics.py what Prometheus reads
views.py        a session as its owner sees it
web.py          the web page at the root, in page/
"""
