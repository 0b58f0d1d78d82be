// While writing: `/` or `:` offers snippets, `@` in a note offers colleagues.

const field = () => document.querySelector("[data-composer] [data-text]");
const box = () => document.querySelector("[data-suggest]");
const known = new Map(); // snippets by conversation, with their variables filled in
let at = 0;
let trigger = null;

async function snippets(form) {
  const id = form.dataset.conversation;
  if (!known.has(id)) {
    const found = await fetchSnippets(id);
    if (!found) return []; // the next letter asks again
    known.clear();
    known.set(id, found);
  }
  return known.get(id);
}

async function fetchSnippets(id) {
  try {
    const response = await fetch(`/desk/conversations/${id}/snippets`, { headers: { Accept: "application/json" } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

// What stands before the cursor, when it begins a choice.
function begun(text) {
  const before = text.value.slice(0, text.selectionStart);
  const found = before.match(/(?:^|\s)([/:@])([^\s/:@]*)$/u);
  if (!found) return null;
  const isNote = text.form.elements.kind.value === "note";
  if (found[1] === "@" && !isNote) return null;
  return { sign: found[1], word: found[2].toLowerCase(), from: text.selectionStart - found[2].length - 1 };
}

async function offer() {
  const text = field();
  if (!text) return;
  trigger = begun(text);
  if (!trigger || (trigger.sign === ":" && trigger.word.length < 2)) return hide();
  const wanted = trigger;
  const lines = trigger.sign === "@" ? colleagues() : await fitting(text.form);
  if (wanted === trigger) show(lines);
}

function colleagues() {
  return JSON.parse(box().dataset.staff)
    .filter((name) => name.toLowerCase().includes(trigger.word))
    .map((name) => ({ name, more: "", text: `@${name} ` }));
}

async function fitting(form) {
  const word = trigger.word;
  return (await snippets(form))
    .filter((one) => one.shortcut.toLowerCase().includes(word) || (word.length > 2 && one.text.toLowerCase().includes(word)))
    .map((one) => ({ name: `/${one.shortcut}`, more: one.text, text: one.text }));
}

function show(lines) {
  const place = box();
  const words = JSON.parse(place.dataset.words);
  if (!lines.length && trigger.sign !== "/") return hide();
  at = 0;
  place.replaceChildren(...lines.slice(0, 8).map(line));
  if (!lines.length) place.append(none(words));
  place.hidden = false;
  select(0);
}

function line({ name, more, text }, index) {
  const element = document.createElement("div");
  element.className = "suggest-line";
  element.id = `suggestion-${index}`;
  element.setAttribute("role", "option");
  element.dataset.insert = text;
  const title = document.createElement("b");
  title.textContent = name;
  const rest = document.createElement("span");
  rest.textContent = more;
  element.append(title, rest);
  return element;
}

function none(words) {
  const element = document.createElement("div");
  element.className = "suggest-none";
  const link = Object.assign(document.createElement("a"), { href: words.manage_at, textContent: words.manage });
  element.append(words.none, link);
  return element;
}

function hide() {
  trigger = null;
  const place = box();
  if (!place || place.hidden) return;
  place.hidden = true;
  field()?.removeAttribute("aria-activedescendant");
}

const options = () => [...(box()?.querySelectorAll("[data-insert]") ?? [])];

function select(index) {
  const all = options();
  if (!all.length) return;
  at = (index + all.length) % all.length;
  all.forEach((one, i) => one.setAttribute("aria-selected", String(i === at)));
  all[at].scrollIntoView({ block: "nearest" });
  field().setAttribute("aria-activedescendant", all[at].id);
}

function choose(option) {
  const text = field();
  text.setRangeText(option.dataset.insert, trigger.from, text.selectionStart, "end");
  hide();
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-text]")) offer();
});
document.addEventListener(
  "keydown",
  (event) => {
    if (!event.target.matches?.("[data-text]") || box()?.hidden !== false || !options().length) return;
    const act = {
      ArrowDown: () => select(at + 1),
      ArrowUp: () => select(at - 1),
      Enter: () => choose(options()[at]),
      Tab: () => choose(options()[at]),
      Escape: hide,
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.isComposing) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  },
  true,
);
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest?.("[data-insert]");
  if (!option) return;
  event.preventDefault(); // the field keeps the focus
  choose(option);
});
document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("[data-text]")) setTimeout(() => document.activeElement !== field() && hide(), 150);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-inserts]");
  if (!button) return;
  const text = field();
  const before = text.value.slice(0, text.selectionStart);
  text.setRangeText(`${before && !/\s$/.test(before) ? " " : ""}${button.dataset.inserts}`, text.selectionStart, text.selectionEnd, "end");
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
});
