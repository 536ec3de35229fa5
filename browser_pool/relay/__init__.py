"""The way of CDP through a node: a WebSocket client on one side, Chromium's own WebSocket on the other.

upgrade.py    `Relay`: takes connections over from uvicorn when they ask for a WebSocket
entry.py      a client that waits for the node's decision (handshake.py: its HTTP, dial.py: the browser's)
route.py      the words between relay and node: Upgrade, Route, Refusal, Link, RelayLimits
splice.py     joins the two: backpressure, pings, and how a link ends (reading.py: who holds a socket back)
attention.py  when the event loop stays awake for the next message
inbound.py    client to browser: frames checked, commands judged
outbound.py   browser to client: where messages end
policy.py     which CDP commands a client may give (watch.py finds them, address.py judges addresses)
frames.py     RFC 6455 on bytes
"""
