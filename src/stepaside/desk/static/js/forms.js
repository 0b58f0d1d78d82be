// Forms: chips, the bar that saves, and nothing lost by leaving a page unsaved.
//
// A form with `data-guard` is watched. What it would send is compared with what it would
// have sent when it came; `data-guard="changed"` says that the server sent it back with
// values that are not saved. Its `[data-save-bar]` is there while the two differ.

const asItCame = new WeakMap();
let leaving = false;

const guarded = () => [...document.querySelectorAll("form[data-guard]")];

export function settleForms() {
  for (const form of guarded()) {
    if (!asItCame.has(form)) asItCame.set(form, form.dataset.guard === "changed" ? null : contents(form));
    showBar(form);
  }
}

// What the form would send, without the proof of where it comes from.
function contents(form) {
  const fields = [...new FormData(form)].filter(([name]) => name !== "csrf");
  return JSON.stringify(fields.map(([name, value]) => [name, value instanceof File ? value.name : value]));
}

const isChanged = (form) => asItCame.has(form) && asItCame.get(form) !== contents(form);
export const hasUnsaved = () => !leaving && guarded().some(isChanged);

// Whether htmx got what it asked for: it tells of refusals and failures by the same event.
export const wasGood = (event) => Boolean(event.detail.ctx?.response?.raw.ok);

// For forms that save without a new page: as it is now is how it is stored.
export function markSaved(form) {
  asItCame.set(form, contents(form));
  showBar(form);
}

function showBar(form) {
  const bar = form.querySelector("[data-save-bar]");
  if (bar) bar.hidden = !isChanged(form);
}

function changed(element) {
  const form = element.closest?.("form[data-guard]") ?? element.form;
  if (form?.matches("[data-guard]")) showBar(form);
}

for (const moment of ["input", "change"]) {
  document.addEventListener(moment, (event) => changed(event.target));
}
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-guard]") && !event.defaultPrevented) asItCame.set(event.target, contents(event.target));
});

// Leaving.
addEventListener("beforeunload", (event) => {
  if (hasUnsaved()) event.preventDefault();
});
let goOn = null;

function ask(then) {
  goOn = then;
  document.getElementById("leave").showModal();
}

document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest?.("a[href]");
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (!link || !isPlain || link.target || link.hasAttribute("download") || !hasUnsaved()) return;
    if (link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(() => link.click());
  },
  true,
);
document.addEventListener("htmx:before:history:restore", (event) => {
  if (!hasUnsaved()) return;
  event.preventDefault();
  const wanted = location.href;
  history.pushState(history.state, "", document.getElementById("content")?.dataset.address ?? wanted);
  ask(() => location.assign(wanted));
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-leave]")) {
    leaving = true;
    document.getElementById("leave").close();
    goOn?.();
    setTimeout(() => (leaving = false), 0);
  }
  if (event.target.closest("[data-stay]")) document.getElementById("leave").close();
  if (event.target.closest("[data-discard]")) {
    leaving = true;
    location.reload();
  }
});

// Chips.
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-chips-new]")) return;
  const box = event.target.closest("[data-chips]");
  if ((event.key === "Enter" || event.key === ",") && !event.isComposing) {
    if (event.key === "Enter" && !event.target.value.trim()) return; // then it sends the form
    event.preventDefault();
    addChip(box);
  } else if (event.key === "Backspace" && !event.target.value) {
    [...box.querySelectorAll(".one-chip")].at(-1)?.remove();
    changed(box);
  }
});
document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("[data-chips-new]")) addChip(event.target.closest("[data-chips]"));
});
document.addEventListener("click", (event) => {
  const remove = event.target.closest("[data-chip-remove]");
  if (remove) {
    const box = remove.closest("[data-chips]");
    remove.closest(".one-chip").remove();
    box.querySelector("[data-chips-new]").focus();
    changed(box);
  } else if (event.target.matches?.("[data-chips]")) {
    event.target.querySelector("[data-chips-new]").focus();
  }
});

function addChip(box) {
  const field = box.querySelector("[data-chips-new]");
  const text = field.value.trim().replace(/,+$/, "").trim();
  field.value = "";
  const there = [...box.querySelectorAll("input[type=hidden]")].map((input) => input.value);
  if (!text || there.includes(text)) return;
  const chip = box.querySelector("template").content.firstElementChild.cloneNode(true);
  chip.querySelector("input").value = text;
  chip.querySelector("[data-chip-text]").textContent = text;
  const remove = chip.querySelector("[data-chip-remove]");
  remove.setAttribute("aria-label", `${remove.dataset.label}${text}`);
  box.insertBefore(chip, field);
  changed(box);
}
