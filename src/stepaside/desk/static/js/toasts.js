// Short messages, and what the page before this one had to say.

// What the next page is to say must not be said by this one, to which something live may
// come while the next is under way.
let leaving = false;
addEventListener("beforeunload", () => {
  leaving = true;
  setTimeout(() => (leaving = false), 10000); // one may have stayed
});

export function settleToasts() {
  for (const toast of document.querySelectorAll("[data-toast]:not([data-timed])")) time(toast);
  if (leaving) return;
  const said = document.cookie.match(/(?:^|; )stepaside_said=([^;]*)/)?.[1];
  if (!said) return;
  document.cookie = "stepaside_said=; Path=/desk; Max-Age=0";
  say(decodeURIComponent(said));
}

export function say(text) {
  const toast = document.getElementById("said").content.firstElementChild.cloneNode(true);
  toast.querySelector("span").textContent = text;
  document.getElementById("toasts").append(toast);
  time(toast);
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-dismiss], [data-undo]")) return;
  const toast = event.target.closest("[data-toast]");
  // After the click has done what it does.
  setTimeout(() => toast?.remove(), event.target.closest("[data-undo]") ? 300 : 0);
});

// Only the last deed can be undone: with the next one to the same conversation under way,
// an older Undo would take back something else than it says.
export const placeOf = (form) => form?.action.match(/\/conversations\/[^/]+\/(?!verdict$)/)?.[0];
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement.closest?.("form");
  const place = form && !form.closest("[data-toast]") && placeOf(form);
  if (!place) return;
  for (const undo of document.querySelectorAll("#toasts form")) {
    if (placeOf(undo) === place) undo.closest("[data-toast]").remove();
  }
});

// Its time runs from the first sign of somebody there, who could otherwise come back to a
// page that no longer says what became of a deed.
const SIGNS = ["pointermove", "pointerdown", "wheel", "keydown"];

function time(toast) {
  toast.dataset.timed = "";
  const stay = toast.classList.contains("is-problem") ? 15000 : 8000;
  const go = () => {
    if (toast.matches(":hover, :focus-within")) return setTimeout(go, 2000);
    toast.remove();
  };
  const waiting = new AbortController();
  const start = () => {
    waiting.abort();
    setTimeout(go, stay);
  };
  for (const sign of SIGNS) addEventListener(sign, start, { capture: true, passive: true, signal: waiting.signal });
}

// A text to take along. Where the clipboard is closed (plain http), the old way.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const code = button.closest("[data-copyable]").querySelector("code");
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    getSelection().selectAllChildren(code);
    document.execCommand("copy");
  }
  const words = [button.querySelector("[data-copy-word]"), button.querySelector("[data-copied-word]")];
  [words[0].hidden, words[1].hidden] = [true, false];
  setTimeout(() => ([words[0].hidden, words[1].hidden] = [false, true]), 2000);
});
