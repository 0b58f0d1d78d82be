// The list of tasks: selecting several, and the keyboard. Listens on the document.
import { isHeldDown } from "./keys.js";
import { isCovered } from "./popovers.js";
import { recall } from "./store.js";

const boxes = () => [...document.querySelectorAll("[data-tasks] [data-select]")];

export function settleTasks() {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const chosen = boxes().filter((box) => box.checked).length;
  bar.hidden = chosen === 0;
  bar.querySelector("[data-bulk-count]").textContent = chosen;
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-select]")) settleTasks();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-bulk-none]")) return;
  for (const box of boxes()) box.checked = false;
  settleTasks();
});

const rows = () => [...document.querySelectorAll("[data-tasks] [data-task]")];
const here = () => document.activeElement?.closest?.("[data-task]");

function move(by) {
  const all = rows();
  const at = all.indexOf(here());
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
  next?.querySelector("[data-open]").focus();
}

const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  e: () => complete(),
  x: () => here()?.querySelector("[data-select]").click(),
};

// Its neighbour is next: a task that was done leaves the list, and the focus must stay.
function complete() {
  const row = here();
  if (!row) return;
  const all = rows();
  const next = all[all.indexOf(row) + 1] ?? all[all.indexOf(row) - 1];
  row.querySelector(".tick button").click();
  next?.querySelector("[data-open]").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || recall("keys") === "off") return;
  if (!document.querySelector("[data-tasks]") || isCovered()) return;
  if (event.target.closest?.("input:not([type=checkbox]), textarea, select")) return;
  const act = ACTS[event.key];
  if (!act || isHeldDown(event)) return;
  event.preventDefault();
  act();
});
