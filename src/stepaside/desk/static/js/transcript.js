// The transcript: at its end where one was at its end, otherwise left alone.

const NEAR = 80;
let shownFor = null;
let wasAtEnd = true;
let deed = null;

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
  }
  keepFocus();
}

document.addEventListener("htmx:before:swap", () => {
  const box = transcript();
  wasAtEnd = !box || box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
});

// A button that did its work is gone; whoever pressed it must not be lost with it.
document.addEventListener("htmx:before:request", (event) => {
  const form = event.target.closest?.("form");
  if (form?.closest(".deeds, .toast")) deed = form.action;
});
document.addEventListener("htmx:finally:request", () => {
  keepFocus();
  deed = null;
});

function keepFocus() {
  const lost = !document.activeElement || document.activeElement === document.body;
  if (!deed || !lost) return;
  const withKeyboard = matchMedia("(hover: hover)").matches;
  const next =
    deed.endsWith("/claim") && withKeyboard
      ? document.querySelector("[data-composer] [data-text]")
      : document.querySelector(".who-name");
  next?.focus({ preventScroll: true });
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
