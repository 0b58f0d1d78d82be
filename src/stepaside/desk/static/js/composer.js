// Writing: shown at once, sent once, and never lost.
import { draftKey, recall, remember, unsentKey } from "./store.js";
import { toEnd } from "./transcript.js";

const PATIENCE = 30000; // milliseconds for one message, answer included

let prepared = null;
const lines = new Map(); // what is under way, by conversation

const composer = () => document.querySelector("[data-composer]");

export function settleComposer() {
  const form = composer();
  if (form && form !== prepared) prepare(form);
  prepared = form;
  dropArrived();
}

const draftOf = (form) => JSON.parse(recall(draftKey(form.dataset.conversation)) ?? "null");

// Whether what is written would be there again after a reload.
export const isKept = (form) => draftOf(form)?.text === form.elements.text.value;

function prepare(form) {
  const id = form.dataset.conversation;
  const draft = draftOf(form);
  if (draft) {
    form.elements.text.value = draft.text;
    form.elements.kind.value = draft.kind;
  }
  showMode(form);
  // What a page before this one could not send is still here.
  for (const message of unsent(id)) fail(form, show(form, message), message, words(form).refused);
}

export function write(kind) {
  const form = composer();
  if (!form) return;
  form.elements.kind.value = kind;
  showMode(form);
  form.elements.text.focus();
}

function showMode(form) {
  const isNote = form.elements.kind.value === "note";
  const text = form.elements.text;
  form.classList.toggle("is-note", isNote);
  text.placeholder = isNote ? text.dataset.noteWords : text.dataset.replyWords;
  form.querySelector("[data-note-only]").hidden = !isNote;
  form.querySelector("[data-send-note]").hidden = !isNote;
  form.querySelector("[data-send-reply]").hidden = isNote;
}

// A suggested reply becomes the writer's own words: it is never sent by itself.
document.addEventListener("click", (event) => {
  const suggested = event.target.closest("[data-use-reply]")?.parentElement.querySelector("[data-suggested]");
  if (!suggested || !composer()) return;
  write("reply");
  const text = composer().elements.text;
  const begun = text.value.trim();
  text.value = begun ? `${begun}\n\n${suggested.textContent}` : suggested.textContent;
  keepDraft(composer());
  text.setSelectionRange(text.value.length, text.value.length);
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-mode]")) return;
  showMode(event.target.form);
  keepDraft(event.target.form);
});
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-text]")) keepDraft(event.target.form);
});
document.addEventListener("keydown", (event) => {
  const isSend = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  if (isSend && event.target.matches?.("[data-text]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

function keepDraft(form) {
  const text = form.elements.text.value;
  const kept = text ? JSON.stringify({ kind: form.elements.kind.value, text }) : null;
  remember(draftKey(form.dataset.conversation), kept);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-composer]")) return;
  event.preventDefault();
  const text = form.elements.text.value.trim();
  if (!text) return form.elements.text.focus();
  const message = { id: newId(), kind: form.elements.kind.value, text };
  form.elements.text.value = "";
  keepDraft(form);
  keepUnsent(form.dataset.conversation, [...unsent(form.dataset.conversation), message]);
  const entry = show(form, message);
  toEnd();
  send(form, entry, message);
  form.elements.text.focus();
});

// Not crypto.randomUUID: browsers hide it on plain http in a local network.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function show(form, message) {
  const entry = form.querySelector("[data-pending-entry]").content.firstElementChild.cloneNode(true);
  entry.dataset.pendingId = message.id;
  entry.classList.toggle("by-note", message.kind === "note");
  entry.querySelector("[data-as]").textContent = words(form)[message.kind];
  entry.querySelector(".text").textContent = message.text;
  document.querySelector("[data-pending]").append(entry);
  entry.querySelector("[data-again]").addEventListener("click", () => send(form, entry, message));
  entry.querySelector("[data-take-back]").addEventListener("click", () => takeBack(form, entry, message));
  return entry;
}

const words = (form) => JSON.parse(form.querySelector("[data-fate-words]").dataset.fateWords);

// One after the other in each conversation: what was written first arrives first.
function send(form, entry, message) {
  const id = form.dataset.conversation;
  fate(entry, "sending");
  lines.set(id, (lines.get(id) ?? Promise.resolve()).then(() => post(form, entry, message)));
}

// Never fails, since all that is written later waits for it.
async function post(form, entry, message) {
  try {
    const answer = await ask(form, message);
    if (answer.isSignedOut) return location.reload();
    if (answer.isGood) settled(form.dataset.conversation, message.id);
    else fail(form, entry, message, words(form).refused);
    if (answer.isShown) await swap(answer.text).catch(() => {}); // the stream shows it, too
    if (answer.isGood) entry.remove();
  } catch {
    // Whether the server has it nobody knows; its id lets it be sent again all the same.
    fail(form, entry, message, words(form).unreachable);
  }
}

async function ask(form, message) {
  const body = new URLSearchParams(new FormData(form));
  body.set("kind", message.kind);
  body.set("text", message.text);
  body.set("sender_id", message.id);
  const response = await fetch(form.action, {
    method: "POST",
    body,
    headers: { "HX-Request": "true", "HX-Current-URL": location.href },
    signal: AbortSignal.timeout(PATIENCE),
  });
  return {
    isSignedOut: response.headers.has("HX-Redirect"),
    isGood: response.ok,
    isShown: response.status < 500,
    text: await response.text(),
  };
}

async function swap(text) {
  const anchor = document.getElementById("stage");
  if (anchor) await window.htmx.swap({ text, swap: "none", target: anchor, sourceElement: anchor });
}

function fail(form, entry, message, why) {
  entry.querySelector("[data-why]").textContent = why;
  fate(entry, "failed");
  toEnd();
}

function fate(entry, which) {
  entry.classList.toggle("is-unsent", which === "failed");
  for (const line of entry.querySelectorAll("[data-fate]")) line.hidden = line.dataset.fate !== which;
}

function takeBack(form, entry, message) {
  settled(form.dataset.conversation, message.id);
  entry.remove();
  const text = form.elements.text;
  text.value = text.value ? `${message.text}\n${text.value}` : message.text;
  form.elements.kind.value = message.kind;
  showMode(form);
  keepDraft(form);
  text.focus();
}

function unsent(id) {
  return JSON.parse(recall(unsentKey(id)) ?? "[]");
}

function keepUnsent(id, messages) {
  remember(unsentKey(id), messages.length ? JSON.stringify(messages) : null);
}

function settled(conversation, id) {
  keepUnsent(conversation, unsent(conversation).filter((message) => message.id !== id));
}

// The stream may show a message before its own request was answered.
function dropArrived() {
  const conversation = composer()?.dataset.conversation;
  for (const entry of document.querySelectorAll("[data-pending-id]")) {
    const id = entry.dataset.pendingId;
    if (!document.querySelector(`[data-sender="${CSS.escape(id)}"]`)) continue;
    entry.remove();
    settled(conversation, id);
  }
}
