// Choosing several rows, and one deed for all of them.
import { wasGood } from "./forms.js";

const picks = () => [...document.querySelectorAll("#rows [data-pick]")];
const bar = () => document.querySelector("[data-many]");
let last = null;

export function settleMany() {
  const form = bar();
  if (!form) return;
  const all = picks();
  const picked = all.filter((box) => box.checked);
  form.hidden = !picked.length;
  form.querySelector("[data-picked]").textContent = picked.length;
  const every = form.querySelector("[data-pick-all]");
  every.checked = picked.length === all.length;
  every.indeterminate = !every.checked;
}

export function pickFocused() {
  const box = document.activeElement?.closest?.("#rows .row")?.querySelector("[data-pick]");
  if (!box) return false;
  box.checked = !box.checked;
  settleMany();
}

function setAll(checked) {
  for (const box of picks()) box.checked = checked;
  settleMany();
}

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-pick]")) settleMany();
  if (event.target.matches?.("[data-pick-all]")) setAll(event.target.checked);
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-pick-none]")) setAll(false);
  const box = event.target.closest("[data-pick]");
  if (!box) return;
  const all = picks();
  if (event.shiftKey && last) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const one of all.slice(Math.max(from, 0), to + 1)) one.checked = box.checked;
    settleMany();
  }
  last = box;
});

// A button that stands for several values sends them all, and only that once.
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("[data-sets]");
    if (!button?.form) return;
    for (const [name, value] of new URLSearchParams(button.dataset.sets)) {
      const input = Object.assign(document.createElement("input"), { type: "hidden", name, value });
      button.form.append(input);
      setTimeout(() => input.remove(), 0);
    }
  },
  true,
);
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx?.sourceElement?.closest?.("[data-many]") && wasGood(event)) setAll(false);
});
