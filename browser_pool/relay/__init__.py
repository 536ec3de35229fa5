"""The way of CDP through a node: a WebSocket client on one side, Chromium's own WebSocket on the other.

upgrade.py    takes a connection over from uvicorn once it asks for a WebSocket, and admits or refuses it
route.py      the words between relay and node: Upgrade, Route, Refusal, Link, RelayLimits
dial.py       opens Chromium's WebSocket
splice.py     joins the two: backpressure, pings, and how a link ends
inbound.py    client to browser: frames checked, commands judged
outbound.py   browser to client: where messages end
policy.py     which CDP commands a client may give (watch.py finds them, address.py judges addresses)
frames.py     RFC 6455 on bytes
"""
