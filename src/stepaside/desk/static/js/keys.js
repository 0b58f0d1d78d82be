// The keyboard. Letters act only where nobody is writing, and can be switched off.
import { pickFocused } from "./many.js";
import { write } from "./composer.js";
import { isCovered, open } from "./popovers.js";
import { recall, remember } from "./store.js";
import { placeOf } from "./toasts.js";

const FIELD = "input, textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return leave(event);
  if (recall("keys") === "off") return;
  if (event.target.closest?.(FIELD) || isCovered()) return;
  if (isHeldDown(event)) return;
  const act = ACTS[event.key];
  if (act && act() !== false) event.preventDefault();
});

// A key that is held down moves on and on, but does nothing twice.
export const isHeldDown = (event) => event.repeat && !["j", "k"].includes(event.key);

// While a deed is under way the page may already offer the opposite one under its key.
const underWay = new Map();
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const place = placeOf(ctx.sourceElement.closest?.("form"));
  if (place) underWay.set(ctx, place);
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => underWay.delete(ctx));
const isUnderWay = (form) => [...underWay.values()].includes(placeOf(form));

const press = (key) => () => pressed(document.querySelector(`#stage [data-key="${key}"]`));

function pressed(button) {
  if (!button || button.disabled || (button.form && isUnderWay(button.form))) return false;
  button.click();
}

const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  c: press("c"),
  a: press("a"),
  h: press("h"),
  e: press("e"),
  z: press("z"),
  i: press("i"),
  f: () => pressed(document.querySelector('.list [data-key="f"]')),
  v: () => pressed(document.querySelector('#availability [data-key="v"]')),
  x: () => pickFocused(),
  r: () => (document.querySelector("[data-composer]") ? write("reply") : false),
  n: () => (document.querySelector("[data-composer]") ? write("note") : false),
  "/": () => {
    const search = document.querySelector("[data-search]");
    if (!search?.checkVisibility()) return false;
    search.focus();
    search.select();
  },
  "?": () => open("keys"),
};

function move(by) {
  const links = [...document.querySelectorAll("#rows .row > a")].filter((link) => link.checkVisibility());
  if (!links.length) return false;
  const at = links.findIndex((link) => link === document.activeElement);
  const from = at >= 0 ? at : links.findIndex((link) => link.hasAttribute("aria-current"));
  const to = from < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(from + by, 0), links.length - 1);
  links[to].focus();
  links[to].scrollIntoView({ block: "nearest" });
}

function leave(event) {
  if (document.documentElement.dataset.sheet === "open") return; // panels.js closes it
  if (event.target.closest?.(FIELD)) {
    event.target.blur();
    (document.querySelector(".who-name") ?? document.querySelector("#rows a"))?.focus({ preventScroll: true });
  }
}

const inKeys = () => document.querySelector("[data-keys-switch]");
document.addEventListener("change", (event) => {
  if (event.target === inKeys()) remember("keys", event.target.checked ? null : "off");
});
document.addEventListener("desk:open", (event) => {
  if (event.target.id === "keys") inKeys().checked = recall("keys") !== "off";
});
