// The connection that keeps the page up to date: seen when lost, and mended by itself.
import { setClock, tick } from "./clock.js";
import { settleToasts } from "./toasts.js";

const PATIENCE = 1500; // a short interruption is not worth a word
const SILENCE = 40000; // the server gives a sign of life every 15 seconds

let lastId = null;
let heardAt = Date.now();
let showing = null;
let retrying = null;
let tries = 0;

const stream = () => document.getElementById("stream");
const isStream = (element) => element?.id === "stream" && element.isConnected;

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  // From where the page really is, which is before what its address says.
  if (isStream(ctx.sourceElement) && lastId) ctx.request.headers["Last-Event-ID"] = lastId;
});
document.addEventListener("htmx:sse:after:connection", () => connected());
document.addEventListener("htmx:sse:before:message", (event) => {
  heardAt = Date.now();
  if (event.detail.message.id) lastId = event.detail.message.id;
});
document.addEventListener("htmx:sse:error", (event) => {
  if (event.detail.status === 401) location.reload(); // to the sign-in page
  lost();
});
document.addEventListener("htmx:sse:close", (event) => {
  if (isStream(event.target)) again();
});
for (const failure of ["htmx:error", "htmx:response:error"]) {
  document.addEventListener(failure, (event) => {
    if (isStream(event.target)) return again();
    if (!event.detail.ctx?.response || event.detail.ctx.response.status >= 500) unreachable();
  });
}
document.addEventListener("pulse", (event) => {
  const pulse = JSON.parse(event.detail.data);
  setClock(pulse.now);
  tick();
  if (pulse.build !== stream()?.dataset.build) say("build");
});

function connected() {
  heardAt = Date.now();
  tries = 0;
  clearTimeout(showing);
  showing = null;
  document.getElementById("lost").hidden = true;
}

function lost() {
  showing ??= setTimeout(() => say("connection"), PATIENCE);
}

// The extension comes back after an interruption; after a first failure we do.
function again() {
  lost();
  clearTimeout(retrying);
  retrying = setTimeout(() => stream()?.dispatchEvent(new Event("desk:connect")), Math.min(500 * 2 ** tries, 5000));
  tries += 1;
}

function say(what) {
  const bar = document.getElementById("lost");
  if (!bar) return;
  for (const words of bar.querySelectorAll("[data-lost]")) words.hidden = words.dataset.lost !== what;
  bar.hidden = false;
}

// What was clicked did not reach the server: nothing was changed, and one must know.
function unreachable() {
  const toast = document.getElementById("unreachable").content.cloneNode(true);
  document.getElementById("toasts").replaceChildren(toast);
  settleToasts();
}

// A connection can be dead without an end: a laptop that slept, a network that changed.
setInterval(() => {
  const connection = stream()?._htmx?.sse;
  if (document.hidden || !connection || Date.now() - heardAt < SILENCE) return;
  heardAt = Date.now();
  lost();
  connection.reader?.cancel();
}, 5000);
