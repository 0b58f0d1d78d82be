// Menus and dialogs: where they open, and how the keyboard moves in them.

// `toggle` does not bubble, but it can be caught on its way down.
document.addEventListener(
  "toggle",
  (event) => {
    const box = event.target;
    if (!box.matches?.(".popover") || event.newState !== "open") return;
    putBeside(box);
    enter(box);
  },
  true,
);

// What is fetched first is not there to be entered yet.
function enter(box) {
  const first = box.querySelector("[data-first], .menu-item:not([disabled]), input:not([type=hidden]), select");
  box.toggleAttribute("data-awaited", !first);
  first?.focus();
}

// What is open stays beside its button when the page changes around it.
export function settlePopovers() {
  for (const box of document.querySelectorAll(".popover:popover-open")) {
    putBeside(box);
    if (box.hasAttribute("data-awaited")) enter(box);
  }
}

function putBeside(box) {
  const by = document.querySelector(`[popovertarget="${CSS.escape(box.id)}"]`);
  if (by?.checkVisibility()) place(box, by.getBoundingClientRect());
}

// Not as a style attribute: htmx carries those over to new pieces of the page, which the
// policy against inline styles forbids.
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets.push(sheet);

// Below its button and on its side of the page; above, where there is more room.
export function place(box, at) {
  const gap = 4;
  const { width, height } = box.getBoundingClientRect();
  const below = at.bottom + gap + height <= innerHeight || at.top < innerHeight / 2;
  const top = below ? at.bottom + gap : at.top - gap - height;
  const left = at.left + width <= innerWidth - 8 ? at.left : at.right - width;
  const places = { top: Math.max(8, Math.min(top, innerHeight - height - 8)), left: Math.max(8, left) };
  sheet.replaceSync(`#${CSS.escape(box.id)} { top: ${places.top}px; left: ${places.left}px; }`);
}

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".popover");
  if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  const items = [...menu.querySelectorAll(".menu-item")].filter((item) => item.checkVisibility());
  if (!items.length || event.target.matches("input, textarea, select")) return;
  event.preventDefault();
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  items.at(to % items.length).focus();
});

// The letters of an open menu are its own: the next choice that begins with the one typed.
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(".popover:popover-open");
  if (!menu || event.defaultPrevented || event.key.length > 1 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches?.("input, textarea, select")) return;
  const letter = event.key.toLowerCase();
  const items = [...menu.querySelectorAll(".menu-item:not([disabled])")].filter((item) => item.checkVisibility());
  const from = items.indexOf(document.activeElement) + 1;
  const next = [...items.slice(from), ...items.slice(0, from)].find((item) => nameOf(item).startsWith(letter));
  if (!next) return;
  event.preventDefault();
  next.focus();
});

const nameOf = (item) => item.textContent.trim().toLowerCase();

// Something lies over the page: keys are not meant for what is below.
export const isCovered = () => Boolean(document.querySelector("dialog[open], .popover:popover-open"));

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) open(opener.dataset.opens);
  const closer = event.target.closest("[data-closes]");
  if (closer) document.getElementById(closer.dataset.closes)?.close();
  if (event.target.matches?.("dialog[open]")) event.target.close(); // its backdrop
  const item = event.target.closest(".popover .menu-item, .popover form button, .popover[id^=bulk] button");
  // After the click has done what it does: a form that is hidden first is not sent.
  if (item) setTimeout(() => item.closest(".popover:popover-open")?.hidePopover(), 0);
});

export function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.dispatchEvent(new Event("desk:open", { bubbles: true }));
  dialog.showModal();
}

// A field that narrows the lines below it.
document.addEventListener("input", (event) => {
  const by = event.target.dataset?.narrows;
  if (!by) return;
  const sought = event.target.value.trim().toLowerCase();
  for (const line of event.target.closest(".popover").querySelectorAll(`.${by}`)) {
    line.hidden = !line.textContent.toLowerCase().includes(sought);
  }
});
