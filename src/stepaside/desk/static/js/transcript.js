// The transcript: at its end where one was at its end, otherwise left alone.

const NEAR = 80;
let shownFor = null;
let wasAtEnd = true;
let count = 0;

const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
const transcript = () => document.querySelector("[data-transcript]");

export function toEnd() {
  const box = transcript();
  if (box) box.scrollTop = box.scrollHeight;
}

export function settleTranscript() {
  const article = document.querySelector("article[data-conversation]");
  const id = article?.dataset.conversation ?? null;
  if (id !== shownFor) {
    shownFor = id;
    toEnd();
    if (article && document.activeElement?.closest?.("#rows")) {
      article.querySelector(".who-name").focus({ preventScroll: true });
    }
  } else if (wasAtEnd) {
    toEnd();
  } else if (article && entries() > count) {
    document.querySelector("[data-down]").hidden = false;
  }
  count = entries();
}

const entries = () => document.querySelectorAll("[data-transcript] .bubble").length;

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-down]")) toEnd();
});
document.addEventListener(
  "scroll",
  (event) => {
    if (event.target.matches?.("[data-transcript]") && isAtEnd(event.target)) {
      document.querySelector("[data-down]").hidden = true;
    }
  },
  true,
);

document.addEventListener("htmx:before:swap", () => {
  const box = transcript();
  wasAtEnd = !box || isAtEnd(box);
});

// Who claims a conversation is about to write, and may begin at once: letters typed
// before the answer is there must not be taken for shortcuts.
const isClaim = (form) => /\/claim$/.test(form?.action ?? "");
const formOf = (event) => event.detail.ctx?.sourceElement?.closest?.("form");

const WRITING = "[data-composer] [data-text]";
const canType = () => matchMedia("(hover: hover)").matches; // no keyboard jumps up unasked

document.addEventListener("htmx:before:request", (event) => {
  if (isClaim(formOf(event)) && canType()) focus(WRITING);
});

// A button that did its work is gone; whoever pressed it must not be lost with it.
for (const moment of ["htmx:after:swap", "htmx:finally:request"]) {
  document.addEventListener(moment, (event) => {
    const form = formOf(event);
    const refused = isClaim(form) && event.detail.ctx.response?.status === 409;
    const isLost = !document.activeElement || document.activeElement === document.body;
    const isDeed = /\/(claim|release|hand-back|resolve|reopen|take-back)$/.test(form?.action ?? "");
    if (!refused && !(isLost && isDeed)) return;
    focus(isClaim(form) && !refused && canType() ? WRITING : ".who-name");
  });
}

function focus(place) {
  document.querySelector(place)?.focus({ preventScroll: true });
}

// Older messages come in above without moving what is being read.
document.addEventListener("htmx:before:swap", (event) => {
  const box = transcript();
  if (!box || event.target.closest?.("#earlier") === null) return;
  const fromEnd = box.scrollHeight - box.scrollTop;
  requestAnimationFrame(() => requestAnimationFrame(() => {
    box.scrollTop = box.scrollHeight - fromEnd;
  }));
});
