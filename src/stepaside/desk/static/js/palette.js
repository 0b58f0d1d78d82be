// The command palette: places, what can be done here, conversations, contacts.
import { write } from "./composer.js";
import { open } from "./popovers.js";

const dialog = () => document.getElementById("palette");
const field = () => document.getElementById("palette-q");
let asked = 0;
let waiting = null;

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  if (!dialog()) return;
  event.preventDefault();
  if (dialog().open) return dialog().close();
  open("palette");
});
document.addEventListener("desk:open", (event) => {
  if (event.target.id !== "palette") return;
  field().value = "";
  dialog().querySelector("[data-palette-found]").replaceChildren();
  here();
  find();
});
document.addEventListener("input", (event) => {
  if (event.target !== field()) return;
  here();
  clearTimeout(waiting);
  waiting = setTimeout(find, 120);
});

// What the page itself offers: its navigation, and its buttons that have a key.
function here() {
  const sought = field().value.trim().toLowerCase();
  const places = [...document.querySelectorAll(".rail a.rail-link, .views a.view")].map((link) => ({
    name: (link.querySelector("span:not(.view-count)") ?? link).firstChild.textContent.trim(),
    icon: link.querySelector("use")?.getAttribute("href"),
    go: () => link.click(),
  }));
  const written = [...document.querySelectorAll("#stage [data-mode]")].map((mode) => ({
    name: mode.labels[0].textContent.trim(),
    icon: mode.labels[0].querySelector("use")?.getAttribute("href"),
    more: mode.value[0],
    go: () => write(mode.value),
  }));
  const deeds = [...document.querySelectorAll("#stage [data-key], .list [data-key]")]
    .filter((button) => !button.disabled && button.checkVisibility())
    .map((button) => ({
      name: button.getAttribute("aria-label") ?? button.textContent.trim(),
      icon: button.querySelector("use")?.getAttribute("href"),
      more: button.dataset.key,
      go: () => button.click(),
    }));
  const others = [...document.querySelectorAll(".rail button.rail-link, .rail [data-palette]:not([aria-pressed=true])")].map((button) => ({
    name: (button.querySelector(".dot + span") ?? button).textContent.trim(),
    icon: button.querySelector("use")?.getAttribute("href"),
    go: () => button.click(),
  }));
  const fitting = [...deeds, ...written, ...places, ...others].filter((one) => one.name.toLowerCase().includes(sought));
  dialog().querySelector("[data-palette-here]").replaceChildren(...fitting.map(line));
  select(0);
}

function line({ name, icon, more, go }, index) {
  const element = dialog().querySelector("[data-palette-line]").content.firstElementChild.cloneNode(true);
  element.id = `palette-here-${index}`;
  element.querySelector(".palette-name").textContent = name;
  element.querySelector(".palette-more").textContent = more ?? "";
  if (icon) element.querySelector("use").setAttribute("href", icon);
  element.addEventListener("click", (event) => {
    event.preventDefault();
    dialog().close();
    go();
  });
  return element;
}

async function find() {
  const mine = ++asked;
  const response = await fetch(`/desk/palette?${new URLSearchParams({ q: field().value.trim() })}`, {
    headers: { "HX-Request": "true" },
  }).catch(() => null);
  if (!response?.ok || mine !== asked) return;
  const found = new DOMParser().parseFromString(await response.text(), "text/html").body;
  dialog().querySelector("[data-palette-found]").replaceChildren(...found.children);
  select(at());
}

const lines = () => [...dialog().querySelectorAll(".palette-line")];
const at = () => Math.max(0, lines().findIndex((one) => one.getAttribute("aria-selected") === "true"));

function select(index) {
  const all = lines();
  dialog().querySelector("[data-palette-none]").hidden = all.length > 0;
  if (!all.length) return field().removeAttribute("aria-activedescendant");
  const chosen = all[(index + all.length) % all.length];
  for (const one of all) one.setAttribute("aria-selected", String(one === chosen));
  field().setAttribute("aria-activedescendant", chosen.id);
  chosen.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.target !== field()) return;
  const act = {
    ArrowDown: () => select(at() + 1),
    ArrowUp: () => select(at() - 1),
    Enter: () => lines()[at()]?.click(),
  }[event.key];
  if (!act || event.isComposing) return;
  event.preventDefault();
  act();
});
