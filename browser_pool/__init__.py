"""A pool of browser sessions: a Chromium for every agent, on one machine or on many behind a balancer.

A node lends sessions over HTTP and relays their CDP; a session's id names its node, so nodes share nothing.

serve.py         runs a node until it is told to go
api/             its HTTP API and web page          schemas.py, problems.py   what goes in and out
upgrades.py      who gets to which browser          relay/                    the way of CDP through the node
access.py        who is let in: keys.py (of tenants.py), tokens.py, origins.py
node.py          takes requests, watches the time, drains
  lending.py     how sessions come and go           slots.py, warm.py         what they come from
  lease.py       one session as it is lent          presence.py, timers.py    who is there, and for how long
  idempotency.py, tombstones.py, events.py          what is remembered
  load.py, tally.py                                 what is measured and counted
session.py       one Chromium in its confinement: its folder, account and limits
  chromium/      how a Chromium is found, started and ended; the agent uses it as well
  pages.py, targets.py, attach.py, screencast.py    what the node does with its pages
  uploads.py, downloads.py, file_names.py           its files
sweep.py         what a killed node has left
client.py        the pool as its users call it
agent_check.py, haproxy.py, deploy/                 many nodes
settings.py, logs.py, errors.py, lifecycle.py       settings, log lines, and the words for what happens
"""
