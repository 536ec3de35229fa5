/** The table of a node's sessions, renewed every two seconds. Tokens and key stay in this page. */

import { duration, megabytes } from "/page/format.js";

const RENEW_MS = 2000;
const KEY = "roughcut-pool-key";
const PICTURED = new Set(["ready", "connected", "disconnected"]);
const COLOURS = {
  ready: "good",
  connected: "busy",
  disconnected: "warn",
  queued: "warn",
  starting: "warn",
  failed: "bad",
};

const byId = (id) => document.getElementById(id);
const rows = new Map();

class Refused extends Error {}

async function ask(path) {
  const key = sessionStorage.getItem(KEY);
  const headers = key ? { authorization: `Bearer ${key}` } : {};
  const answer = await fetch(path, { headers, cache: "no-store" });
  if (answer.status === 401) throw new Refused();
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function renew() {
  try {
    showPressure(await ask("/pressure"));
    const { sessions } = await ask("/v1/sessions");
    byId("ask-key").hidden = true;
    showSessions(sessions);
  } catch (error) {
    if (error instanceof Refused) {
      byId("ask-key").hidden = false;
      showSessions([]);
    } else {
      showState("not reachable", "bad");
    }
  }
}

function showPressure(pressure) {
  showState(pressure.available ? "available" : pressure.reason, pressure.available ? "good" : "warn");
  const numbers = {
    "Sessions": `${pressure.running} of ${pressure.max_sessions}`,
    "Queued": pressure.queued,
    "Warm": pressure.warm,
    "CPU": `${Math.round(pressure.cpu_pct)} %`,
    "Memory": `${Math.round(pressure.mem_pct)} %`,
    "GPU memory": pressure.gpu_mem_pct === null ? "–" : `${Math.round(pressure.gpu_mem_pct)} %`,
    "Free disk": `${Math.round(pressure.disk_free_bytes / 2 ** 30)} GiB`,
    "Launch": pressure.launch_p50_ms === null ? "–" : `${Math.round(pressure.launch_p50_ms)} ms`,
    "Refused, last minute": pressure.recently_rejected,
  };
  byId("pressure").replaceChildren(
    ...Object.entries(numbers).map(([name, value]) => {
      const pair = document.createElement("div");
      pair.append(element("dt", name), element("dd", value));
      return pair;
    }),
  );
}

function showState(text, colour) {
  byId("state").textContent = text;
  byId("state").className = `chip ${colour}`;
}

function showSessions(sessions) {
  const known = new Set(sessions.map((session) => session.id));
  for (const [id, row] of rows) {
    if (!known.has(id)) {
      row.remove();
      rows.delete(id);
    }
  }
  for (const session of sessions) {
    if (!rows.has(session.id)) rows.set(session.id, byId("row").content.cloneNode(true).firstElementChild);
    showSession(rows.get(session.id), session);
  }
  const liveFirst = sessions.toSorted((a, b) => Boolean(a.ended_at) - Boolean(b.ended_at));
  byId("sessions").append(...liveFirst.map((session) => rows.get(session.id)));
  byId("empty").hidden = sessions.length > 0;
}

function showSession(row, session) {
  const fill = (name, text) => (row.querySelector(`.${name}`).textContent = text);
  const pictured = PICTURED.has(session.status);
  row.classList.toggle("over", session.ended_at !== null);
  for (const link of row.querySelectorAll(".watch")) {
    if (pictured) link.href = session.live_url;
    else link.removeAttribute("href");
  }
  fill("id", session.id);
  fill("metadata", Object.entries(session.metadata).map((pair) => pair.join(": ")).join(", "));
  fill("status", session.status);
  row.querySelector(".status").className = `chip status ${COLOURS[session.status] ?? ""}`;
  fill("detail", session.end_reason ?? clients(session.clients));
  fill("hardware", session.gpu ? (session.gpu.hardware ? "hardware" : "software") : "–");
  fill("renderer", session.gpu ? (session.gpu.renderer ?? "no WebGL2") : "");
  fill("memory", megabytes(session.usage?.pss_mb));
  fill("cpu", session.usage?.cpu_s == null ? "–" : `${session.usage.cpu_s.toFixed(1)} s`);
  fill("traffic", traffic(session.usage));
  fill("ends", pictured ? duration((Date.parse(session.expires_at) - Date.now()) / 1000) : "–");
  if (pictured && session.connected_at) renewPicture(row.querySelector(".picture"), session);
}

function clients(count) {
  return count === 1 ? "1 client" : `${count} clients`;
}

function traffic(usage) {
  return usage ? `${megabytes(usage.rx_bytes / 2 ** 20)} / ${megabytes(usage.tx_bytes / 2 ** 20)}` : "–";
}

/** The next picture replaces the last one when it is there, so that nothing flickers. */
function renewPicture(picture, session) {
  const token = new URL(session.live_url).searchParams.get("token");
  const next = new Image();
  next.onload = () => {
    picture.src = next.src;
    picture.alt = `What session ${session.id} shows`;
  };
  next.src = `/v1/sessions/${session.id}/screenshot?${new URLSearchParams({ token, quality: 50, at: Date.now() })}`;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

byId("ask-key").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, byId("key").value);
  byId("key").value = "";
  renew();
});

async function keepRenewing() {
  const { node } = await ask("/version").catch(() => ({ node: "" }));
  byId("node").textContent = node;
  document.title = `Browser pool ${node}`;
  for (;;) {
    if (!document.hidden) await renew();
    await new Promise((resolve) => setTimeout(resolve, RENEW_MS));
  }
}

keepRenewing();
