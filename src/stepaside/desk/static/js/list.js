// The list of conversations keeps itself in order while one looks at it.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const held = new Map();
let isPointed = false;
let listed = null;

export function settleList() {
  keepTo(document.getElementById("rows"));
  markCurrent();
  countInTitle();
}

// What is held belongs to the list it came to: another one brings its rows as they are.
function keepTo(rows) {
  if (rows === listed) return;
  listed = rows;
  held.clear();
  showHeld();
}

// htmx hands every <hx-row> of an answer to this: one row as it is now, or nothing
// where the list does not show it any more.
window.htmx.registerExtension("desk", {
  htmx_process_row: (piece) => {
    const rows = document.getElementById("rows");
    if (!rows || rows.dataset.list !== piece.dataset.list) return;
    receive(rows, piece.id, piece.content.querySelector("li"));
  },
});

function receive(rows, id, fresh) {
  const row = document.getElementById(id);
  if (!row && !fresh) {
    held.delete(id);
    return showHeld();
  }
  // Nothing moves under the pointer: who is about to click a row gets that row.
  if (isPointed && (!row || !fresh || placeFor(rows, fresh) !== row)) {
    if (row && fresh) refresh(row, fresh, row.dataset.order);
    held.set(id, fresh);
    return showHeld();
  }
  held.delete(id);
  slide(rows, () => put(rows, row, fresh));
}

function put(rows, row, fresh) {
  if (!fresh) return row?.remove();
  const place = placeFor(rows, fresh);
  if (!row && place?.id === "more") return; // further down than what is loaded
  if (row) refresh(row, fresh, fresh.dataset.order);
  else fresh.classList.add("is-new");
  const moved = row ?? fresh;
  if (place !== moved) rows.insertBefore(moved, place);
  window.htmx.process(moved);
  settleList();
}

// The row before which it belongs; itself, where it stands already.
function placeFor(rows, fresh) {
  for (const other of rows.children) {
    if (other.id === fresh.id) {
      const next = other.nextElementSibling;
      const after = next?.dataset.order;
      if (after === undefined || Number(after) >= Number(fresh.dataset.order)) return other;
      continue;
    }
    if (other.dataset.order === undefined) return other;
    if (Number(other.dataset.order) > Number(fresh.dataset.order)) return other;
  }
  return null;
}

// The link itself stays, and with it the focus.
function refresh(row, fresh, order) {
  row.className = fresh.className;
  row.dataset.order = order;
  const copy = fresh.cloneNode(true).querySelector("a");
  row.querySelector("a").replaceChildren(...copy.childNodes);
}

function slide(rows, change) {
  const before = new Map([...rows.children].map((row) => [row, row.getBoundingClientRect().top]));
  change();
  if (calm.matches) return;
  for (const [row, top] of before) {
    const moved = row.isConnected ? top - row.getBoundingClientRect().top : 0;
    if (!moved || Math.abs(moved) > 600) continue;
    row.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], { duration: 180, easing: "ease-out" });
  }
}

function showHeld() {
  const button = document.querySelector("[data-held]");
  if (button) button.hidden = held.size === 0;
}

function release() {
  const rows = document.getElementById("rows");
  keepTo(rows);
  const waiting = [...held];
  held.clear();
  showHeld();
  if (!rows) return;
  slide(rows, () => {
    for (const [id, fresh] of waiting) put(rows, document.getElementById(id), fresh);
  });
}

document.addEventListener("pointerover", (event) => {
  const onRows = event.pointerType === "mouse" && Boolean(event.target.closest?.("#rows, [data-held]"));
  if (isPointed && !onRows) {
    isPointed = false;
    release();
  }
  isPointed = onRows;
});
document.documentElement.addEventListener("pointerleave", () => {
  isPointed = false;
  release();
});
document.addEventListener("click", (event) => {
  // The row is chosen at once, however long its conversation takes to come.
  const link = event.target.closest("#rows .row > a");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    document.querySelector("#rows [aria-current]")?.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  }
  if (event.target.closest("[data-held]")) {
    isPointed = false;
    release();
    document.getElementById("rows").scrollTop = 0;
  }
});

function markCurrent() {
  const open = document.querySelector("[data-conversation]")?.dataset.conversation;
  for (const link of document.querySelectorAll("#rows .row > a")) {
    if (link.parentElement.id === `row-${open}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function countInTitle() {
  const n = Number(document.getElementById("waiting-count")?.dataset.n ?? 0);
  const bare = document.title.replace(/^\(\d+\+?\) /, "");
  document.title = n ? `(${n > 999 ? "999+" : n}) ${bare}` : bare;
}

// Back and forward between conversations of one list leave the list where it is.
document.addEventListener("htmx:before:history:restore", (event) => {
  const wanted = new URL(event.detail.path, location.href);
  const rows = document.getElementById("rows");
  const open = /^\/desk\/conversations\/[^/]+$/.test(wanted.pathname);
  const list = new URLSearchParams(rows?.dataset.list);
  const asked = wanted.searchParams;
  const sameList = rows && list.size === asked.size && [...list].every(([name, value]) => asked.get(name) === value);
  if (!open || !sameList) return;
  event.preventDefault();
  window.htmx.ajax("GET", event.detail.path, { target: "#stage", swap: "outerHTML" });
});
