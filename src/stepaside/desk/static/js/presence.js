// Who else is here: told by the stream's signs of life, and told to the others by ours.

const EVERY = 20000;
const TYPING = 3000;
const FADES = 7000; // a little longer than the server remembers that somebody writes

let place = null;
let toldAt = 0;
let fading = null;

const csrf = () => document.querySelector("[data-composer] input[name=csrf]")?.value;
const conversation = () => document.querySelector("[data-composer]")?.dataset.conversation ?? null;

function tell(id, what) {
  if (!id || !csrf()) return;
  const body = new URLSearchParams({ csrf: csrf(), what });
  // Lost signs cost nothing: the next one comes soon.
  fetch(`/desk/conversations/${id}/sign`, { method: "POST", body, keepalive: true }).catch(() => {});
}

export function settlePresence() {
  const here = conversation();
  if (here === place) return;
  if (place) tell(place, "gone");
  place = here;
  toldAt = 0;
  show([]);
  showContact(false);
  if (place && !document.hidden) tell(place, "here");
}

setInterval(() => {
  if (!document.hidden && Date.now() - toldAt > TYPING) tell(place, "here");
}, EVERY);
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-text]") || !event.target.value || Date.now() - toldAt < TYPING) return;
  if (event.target.form.elements.kind.value === "note") return; // nobody would answer twice
  toldAt = Date.now();
  tell(place, "writing");
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-composer]")) stop();
});
document.addEventListener("visibilitychange", () => tell(place, document.hidden ? "gone" : "here"));
addEventListener("pagehide", () => tell(place, "gone"));

function stop() {
  toldAt = 0;
  tell(place, "here");
}

document.addEventListener("pulse", (event) => {
  const told = JSON.parse(event.detail.data);
  show(told.others ?? []);
  showContact(told.contact_writes);
});

let contactFading = null;

function showContact(writes) {
  const line = document.querySelector("[data-contact-writes]");
  if (!line) return;
  const text = writes ? line.dataset.words : "";
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
  clearTimeout(contactFading);
  if (writes) contactFading = setTimeout(showContact, FADES);
}

function show(others) {
  const line = document.querySelector("[data-others]");
  if (!line) return;
  const words = JSON.parse(line.dataset.words);
  const writing = others.filter((one) => one.writes);
  const named = (writing.length ? writing : others).map((one) => one.name);
  const text = named.length ? words[writing.length ? "writes" : "here"].replace("%(names)s", named.join(words.and)) : "";
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
  line.classList.toggle("is-writing", writing.length > 0);
  clearTimeout(fading);
  if (writing.length) fading = setTimeout(() => show(others.map((one) => ({ ...one, writes: false }))), FADES);
}
