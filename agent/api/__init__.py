"""The HTTP API of `roughcut serve`.

app.py           the routes, the errors, and what every request passes first
parts.py         what the routes share;  schemas.py what they take and give;  views.py rows for callers
auth.py          who calls;  callers.py how much they may have;  origins.py foreign pages and host names
sessions.py      create, look at
assets.py        uploads, whole or in pieces: uploads.py on the way, accepting.py probed, blobs.py kept once;
                 leftovers.py cleared away
jobs.py          ask, list, look at, stop, approve, retry: submitting.py and orders.py make the job
edit.py          the same in one call
events.py        what happens to a job, as it happens
artifacts.py     what a job has made, in ranges
operations.py    health, readiness, metrics: metrics.py
lingering.py     refusals that are faster than the request
server.py        runs the app on a socket
problems.py      errors as callers see them;  responses.py the same in the OpenAPI document
"""
