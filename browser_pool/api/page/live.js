/** One session's picture as it changes: each message of the WebSocket is a JPEG. */

const FOREVER = new Set([1000, 4000, 4001, 4002, 4003, 4005, 4006, 4008]);
const AGAIN_MS = 2000;

const picture = document.getElementById("picture");
const state = document.getElementById("state");
const address = new URL(location.href);
address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
address.pathname += "/ws";
document.getElementById("session").textContent = address.pathname.split("/")[3];

function show(blob) {
  const before = picture.src;
  picture.src = URL.createObjectURL(blob);
  if (before) URL.revokeObjectURL(before);
}

function tell(text, colour) {
  state.textContent = text;
  state.className = `chip ${colour}`;
}

function watch() {
  const socket = new WebSocket(address);
  socket.binaryType = "blob";
  socket.onopen = () => tell("live", "good");
  socket.onmessage = (message) => show(message.data);
  socket.onclose = (close) => {
    const over = FOREVER.has(close.code);
    tell(close.reason || "not reachable", over ? "" : "warn");
    if (!over) setTimeout(watch, AGAIN_MS);
  };
}

watch();
