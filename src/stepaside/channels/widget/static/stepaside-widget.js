// See ../README.md.

const HOPELESS = [400, 404, 413, 422];
const SILENCE = 45e3; // ms
const NARROW = matchMedia("(max-width: 640px)");

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host {
  all: initial; position: fixed; inset: auto 16px 16px auto; z-index: 9999;
  --accent: light-dark(#2f4bc7, #9db0ff); --on-accent: light-dark(#fff, #10131c);
  --paper: Canvas; --ink: CanvasText; --line: #8886; --radius: 8px;
  color-scheme: light dark; color: var(--ink); font: 16px/1.45 system-ui;
}
* { box-sizing: border-box; margin: 0; }
button, textarea, dialog, p {
  font: inherit; color: inherit; background: var(--paper); padding: 8px 12px;
  border: 1px solid var(--line); border-radius: var(--radius);
}
button { min-height: 44px; }
p + button { min-height: 56px; padding: 0 24px; }
p + button, dialog { box-shadow: 0 4px 24px #0004; }
.main, .log > .contact > p { background: var(--accent); color: var(--on-accent); }
dialog {
  position: absolute; inset: auto 0 0 auto; flex-direction: column; padding: 0;
  width: 384px; height: min(640px, 100dvh - 32px); max-width: none; max-height: none;
}
dialog[open] { display: flex; }
header, form {
  display: grid; grid-template-columns: 1fr auto; align-items: center; gap: 8px; padding: 12px 16px;
}
header button { justify-self: end; }
small:not(.bot) + button { visibility: hidden; }
h2 { font-size: 16px; }
small { display: block; font-size: 14px; color: light-dark(#5b606c, #a6abb8); }
header small { min-height: 3lh; align-content: center; }
small:first-child { color: inherit; }
.bot { color: light-dark(#6a3fd0, #b79cff); }
.waiting { color: light-dark(#8a5800, #f0b44c); }
.staff { color: light-dark(#17703f, #62cf93); }
.log { flex: 1; overflow: auto; padding: 16px; border-block: 1px solid var(--line); }
.log > * { width: fit-content; max-width: 88%; margin-bottom: 12px; }
p { white-space: pre-wrap; overflow-wrap: anywhere; }
.log p { background: #8882; color: var(--ink); }
p:empty { padding: 0; border: 0; }
.log > .contact { margin-inline-start: auto; }
a { color: inherit; }
textarea { resize: none; min-width: 0; max-height: 128px; field-sizing: content; }
::placeholder { color: inherit; opacity: .7; }
@media (max-width: 640px) {
  dialog { position: fixed; inset: 0; width: 100%; height: 100dvh; border: 0; border-radius: 0; }
}`);

function make(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

const linked = (text) =>
  text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/).map((part, i) =>
    i % 2 ? make("a", { href: part, target: "_blank", rel: "noopener" }, part) : part);

const field = make("textarea", {
  rows: 1, maxLength: 1e4, autofocus: true, placeholder: "Write a message", ariaLabel: "Message",
  onkeydown(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  },
  oninput() {
    if (now.className === "bot" || !cursor || Date.now() < quiet) return;
    quiet = Date.now() + 3e3;
    call("typing", {}).catch(() => {});
  },
});
const ask = make("button", { onclick: () => say("I want to talk to a person") },
  "Talk to a person");
const heading = make("h2", {}, "Chat");
const now = make("small", { role: "status" });
const close = make("button", { onclick: () => panel.close() }, "Close");
const log = make("div", { className: "log", role: "log", tabIndex: 0, ariaLabel: "Messages" });
const send = make("button", { className: "main" }, "Send");
const escapes = ({ key }) => void (key === "Escape" && close.click());
const panel = make("dialog", { ariaLabel: "Chat", onclose: turned, onkeydown: escapes },
  make("header", {}, heading, close, now, ask), log, make("form", { onsubmit: submit }, field, send));
const news = make("p", { role: "status" });
const opener = make("button", { className: "main", onclick: open }, "Chat");
const shown = new Map();
const sleepers = [];
let host, inbox, home, memory, cursor, line, says, isSending, fading, quiet = 0, failures = 0;

function open() {
  NARROW.matches ? panel.showModal() : panel.show();
  turned();
}

function turned() {
  keep({ open: panel.open });
  opener.hidden = panel.open;
  panel.open || opener.focus();
  news.textContent = "";
  log.scrollTop = log.scrollHeight;
  follow();
}

function submit(event) {
  event.preventDefault();
  if (field.value.trim()) say(field.value.trim());
  field.value = "";
}

// Ids sort by time.
function show({ id = "unsent", client_id = id, author = "contact", who = "You", text, at, state = "Sending…" }) {
  const isLow = log.scrollTop + log.clientHeight > log.scrollHeight - 99;
  let item = shown.get(client_id);
  if (!item) {
    item = make("div", { className: author },
      make("small", {}, who), make("p", {}, ...linked(text)), make("small", {}));
    shown.set(client_id, item);
    log.insertBefore(item, [...log.children].find((other) => other.id > id) ?? null);
  }
  item.id = id;
  if (at) state = new Date(at).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  item.lastChild.textContent = state;
  if (isLow || !at) log.scrollTop = log.scrollHeight;
}

function control(found) {
  says = found.says;
  now.className = found.by;
  well();
}

// Whoever goes on typing is heard of again.
function well(writes) {
  failures = 0;
  now.textContent = writes || says;
  clearTimeout(fading);
  fading = writes && setTimeout(well, 7e3);
}

// Kept over a reload.
function kept() {
  try { memory = JSON.parse(localStorage[inbox]); } catch { /* none, or blocked */ }
  return { pending: [], ...memory };
}

function keep(changes) {
  memory = { ...kept(), ...changes };
  try { localStorage[inbox] = JSON.stringify(memory); } catch { /* blocked */ }
}

const forget = (one) =>
  keep({ pending: kept().pending.filter(({ client_id }) => client_id !== one.client_id) });

function say(text) {
  const client_id = crypto.getRandomValues(new Uint32Array(4)).join("-");
  keep({ pending: [...kept().pending, { client_id, text }] });
  hurry();
}

// The client id makes a second try harmless.
async function flush() {
  kept().pending.forEach(show);
  if (isSending || (kept().token && !cursor)) return;
  isSending = true;
  for (let next; (next = kept().pending[0]); ) {
    try {
      if (!kept().token) await begin();
      show((await call("messages", next)).message);
      forget(next);
    } catch (error) {
      if (HOPELESS.includes(error.status)) {
        forget(next);
        show({ ...next, id: "", state: `Not sent. ${error.detail}` });
      } else await pause(error);
    }
  }
  isSending = false;
}

async function begin() {
  const { token } = await call(`${inbox}/sessions`, {});
  keep({ token });
  if (cursor) line?.abort();
  cursor = undefined;
  follow();
}

async function follow() {
  if (line) return;
  while (host.isConnected && !document.hidden && (kept().token || (kept().open && !says))) {
    line = new AbortController();
    try {
      if (!says) await greet();
      if (kept().token) await listen();
    } catch (error) {
      line.abort();
      if (HOPELESS.includes(error.status)) break;
      if (!document.hidden) await pause(error);
    }
  }
  line = undefined;
  flush();
}

async function greet() {
  const found = await call(inbox);
  heading.textContent = found.business;
  log.prepend(make("p", {}, found.greeting));
  control(found.control);
  if (kept().open && !NARROW.matches) opener.hidden = panel.open = true;
}

async function listen() {
  if (!cursor) {
    const past = await call("messages");
    past.items.forEach(show);
    control(past.control);
    cursor = past.cursor;
    flush();
  }
  const stream = await call("stream", undefined, line.signal);
  well();
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = "", chunk; !(chunk = await Promise.race([reader.read(), late()])).done; ) {
    const events = (text + chunk.value).split("\n\n");
    text = events.pop();
    events.forEach(take);
  }
}

function take(event) {
  const [id, data] = [/^id: (.+)/m, /^data: (.+)/m].map((part) => event.match(part)?.[1]);
  const { message, control: found, writes } = JSON.parse(data ?? "{}");
  if (found) control(found);
  if (message) show(message);
  if (message ?? writes ?? found) well(writes);
  if (!panel.open && message && message.author !== "contact")
    news.textContent = `New message from ${message.who}`;
  cursor = id ?? cursor;
}

const late = () => new Promise((_, fail) => setTimeout(fail, SILENCE, {}));

// With a signal that ends it: the stream.
async function call(path, body, signal) {
  const { token } = kept();
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (signal) headers["Last-Event-ID"] = cursor;
  const method = body && "POST";
  const request = fetch(home + path, { method, headers, body: JSON.stringify(body), signal });
  const answer = await Promise.race([request, late()]);
  if (answer.ok) return signal ? answer.body : answer.status === 204 || answer.json();
  if (answer.status === 401) keep({ token: "" });
  throw { ...(await answer.json()), wait: answer.headers.get("Retry-After") };
}

async function pause({ status, wait }) {
  clearTimeout(fading);
  if (!(status < 500)) now.textContent = "Reconnecting…";
  const seconds = wait ?? Math.min(30, 2 ** failures++) * Math.random();
  await new Promise((wake) => {
    sleepers.push(wake);
    setTimeout(wake, seconds * 1000);
  });
}

function hurry() {
  sleepers.splice(0).forEach((wake) => wake());
  follow();
  flush();
}

const turn = () =>
  host.isConnected && navigator.onLine && !document.hidden ? hurry() : line?.abort();
for (const type of ["online", "offline", "visibilitychange"]) addEventListener(type, turn);

customElements.define("stepaside-chat", class extends HTMLElement {
  connectedCallback() {
    host = this;
    inbox = this.getAttribute("inbox");
    home = new URL("/widget/", this.getAttribute("server") ?? import.meta.url);
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [STYLE];
    root.append(news, opener, panel);
    turn();
  }
  disconnectedCallback() { turn(); }
});
