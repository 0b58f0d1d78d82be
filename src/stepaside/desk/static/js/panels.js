// Theme, the panel about the contact, and the account menu.
import { forgetDrafts, hasWritten, recall, remember } from "./store.js";

const root = document.documentElement;
const wide = matchMedia("(min-width: 1180px)");
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
let openedBy = null;
let stage = null;

export function settlePanels() {
  const now = document.getElementById("stage");
  if (now !== stage) closeSheet();
  stage = now;
  const tab = document.querySelector(".tabs [aria-current]");
  tab?.parentElement.scrollTo({ left: tab.offsetLeft - (tab.parentElement.clientWidth - tab.clientWidth) / 2 });
  for (const button of document.querySelectorAll("[data-ai-switch]")) {
    button.setAttribute("aria-pressed", String(root.dataset.ai === "shown"));
  }
}

document.addEventListener("click", (event) => {
  const target = event.target;
  if (target.closest("[data-theme-switch]")) switchTheme();
  if (target.closest("[data-ai-switch]")) switchAi();
  if (target.closest("[data-context-switch]")) switchContext(target.closest("button"));
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  closeSheet();
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
// What was not sent goes with the session, and nobody is to lose it unasked. First of all:
// nothing else that signing out brings about may begin before the answer.
document.addEventListener(
  "submit",
  (event) => {
    if (!event.target.matches("[data-sign-out]") || !hasWritten()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    document.getElementById("sign-out").showModal();
  },
  true,
);
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-sign-out-anyway]")) return;
  forgetDrafts();
  document.querySelector("[data-sign-out]").requestSubmit();
});

function switchAi() {
  const show = root.dataset.ai !== "shown";
  if (show) root.dataset.ai = "shown";
  else delete root.dataset.ai;
  remember("ai", show ? "shown" : null);
  settlePanels();
}

// A choice that is the system's own is no choice: it follows the system again.
function switchTheme() {
  const system = systemIsDark.matches ? "dark" : "light";
  const other = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
  if (other === system) delete root.dataset.theme;
  else root.dataset.theme = other;
  remember("theme", other === system ? null : other);
}

function switchContext(button) {
  if (wide.matches) {
    const close = root.dataset.context !== "closed";
    if (close) root.dataset.context = "closed";
    else delete root.dataset.context;
    remember("context", close ? "closed" : null);
    if (close) document.querySelector(".context-open")?.focus();
    return;
  }
  if (root.dataset.sheet === "open") return closeSheet();
  openedBy = button;
  root.dataset.sheet = "open";
  document.querySelector(".context-close")?.focus();
}

function closeSheet() {
  if (root.dataset.sheet !== "open") return;
  delete root.dataset.sheet;
  (openedBy?.isConnected ? openedBy : document.querySelector(".context-open"))?.focus();
}
