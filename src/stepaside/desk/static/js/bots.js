// What the pages of bots do in the browser. Listens on the document.
import { wasGood } from "./forms.js";

const LOOK_AFTER = 300;
let looking = 0;
let asked = 0;
let added = 0;

const goals = () => document.getElementById("goals");
const rules = () => [...document.querySelectorAll("#goals [data-rule]")];
const staying = () => rules().filter((rule) => !rule.querySelector("[data-removed]").value);

export function settleBots() {
  if (goals()) count();
  const log = document.getElementById("try-log");
  if (!log) return;
  const turns = document.getElementById("try-turns").children.length;
  document.querySelector("[data-try-empty]").hidden = turns > 0;
  if (Number(log.dataset.turns ?? 0) !== turns) {
    log.dataset.turns = turns;
    const last = document.getElementById("try-turns").lastElementChild;
    last?.scrollIntoView({ block: "nearest" });
  }
}

// Rules: added, opened, removed, and how many there may be.
document.addEventListener("click", (event) => {
  const at = (what) => event.target.closest?.(what);
  const rule = at("[data-rule]");
  if (at("[data-add-rule]")) addRule();
  else if (rule && at("[data-open-rule], .rule-says")) openRule(rule);
  else if (rule && at("[data-remove-rule]")) removeRule(rule, true);
  else if (rule && at("[data-keep-rule]")) removeRule(rule, false);
  else if (rule && at("[data-add-phrase]")) addPhrase(rule);
  else if (rule && at("[data-remove-phrase]")) removePhrase(rule, at(".phrase"));
  if (at("[data-puts]")) insert(at("[data-puts]"));
});

function addRule() {
  const limit = Number(document.querySelector("[data-rule-count]").dataset.limit);
  const refused = document.querySelector("[data-refused]");
  refused.hidden = staying().length < limit;
  if (!refused.hidden) return;
  added += 1;
  const key = `new-${Date.now().toString(36)}-${added}`;
  const html = document.getElementById("blank-rule").innerHTML.replaceAll("__key__", key);
  document.querySelector(".no-rules").insertAdjacentHTML("beforebegin", html);
  const rule = document.getElementById(`rule-${key}`);
  const taken = staying().filter((other) => other !== rule).map((other) => other.dataset.scenario);
  const free = ["human_requested", "lack_of_information", "failed_to_resolve"].find((one) => !taken.includes(one));
  const picker = rule.querySelector("[data-scenario-picker]");
  picker.value = free ?? "custom";
  choose(rule, picker);
  picker.focus();
  rule.scrollIntoView({ block: "nearest" });
  touched(rule);
}

function openRule(rule) {
  const fields = rule.querySelector(".rule-fields");
  fields.hidden = !fields.hidden;
  rule.querySelector("[data-open-rule]").setAttribute("aria-expanded", String(!fields.hidden));
}

// Told only when it is sent: opening a rule is no change of the form.
document.addEventListener(
  "submit",
  (event) => {
    if (event.target !== goals()) return;
    for (const rule of rules()) {
      rule.querySelector("[data-open]").value = rule.querySelector(".rule-fields").hidden ? "" : "1";
    }
  },
  true,
);

function removeRule(rule, gone) {
  rule.querySelector("[data-removed]").value = gone ? "1" : "";
  rule.classList.toggle("is-removed", gone);
  rule.querySelector("[data-gone]").hidden = !gone;
  if (gone && !rule.querySelector(".rule-fields").hidden) openRule(rule);
  rule.querySelector(gone ? "[data-keep-rule]" : "[data-open-rule]").focus();
  document.querySelector("[data-refused]").hidden = true;
  touched(rule);
}

function count() {
  const place = document.querySelector("[data-rule-count]");
  const n = staying().length;
  const text = n < Number(place.dataset.limit) ? place.dataset.few : place.dataset.full;
  const said = text.replace("{n}", n);
  if (place.textContent !== said) place.textContent = said;
}

// Scenarios: what belongs to the chosen one is shown by the style sheet.
document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-scenario-picker]")) return;
  choose(event.target.closest("[data-rule]"), event.target);
});

function choose(rule, picker) {
  const names = [...picker.options].map((option) => option.text);
  const name = rule.querySelector("[data-name]");
  rule.dataset.scenario = picker.value;
  if (!name.value || names.includes(name.value)) {
    name.value = picker.value === "custom" ? "" : picker.selectedOptions[0].text;
  }
}

// Phrases.
function addPhrase(rule) {
  const list = rule.querySelector("[data-phrases]");
  const template = list.querySelector("template");
  template.before(template.content.cloneNode(true));
  [...list.querySelectorAll(".phrase input")].at(-1).focus();
}

function removePhrase(rule, row) {
  const near = row.nextElementSibling?.querySelector("input") ?? row.previousElementSibling?.querySelector("input");
  row.remove();
  (near ?? rule.querySelector("[data-add-phrase]")).focus();
  touched(rule);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.(".phrase input")) return;
  event.preventDefault(); // it would send the whole form
  if (event.target.value.trim()) addPhrase(event.target.closest("[data-rule]"));
});

function insert(item) {
  const field = document.getElementById(item.dataset.putsInto);
  field.setRangeText(item.dataset.puts, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  touched(field);
}

// Tell whoever watches the form that something other than a field's own typing changed it.
function touched(element) {
  element.dispatchEvent(new Event("change", { bubbles: true }));
}

// Looking: the server says what the form means as it stands, and what is wrong with it.
for (const moment of ["input", "change"]) {
  document.addEventListener(moment, (event) => {
    if (!event.target.closest?.("#goals")) return;
    count();
    clearTimeout(looking);
    looking = setTimeout(look, LOOK_AFTER);
  });
}

async function look() {
  const form = goals();
  if (!form) return;
  asked += 1;
  const mine = asked;
  try {
    const answer = await fetch(form.dataset.look, {
      method: "POST",
      body: new URLSearchParams([...new FormData(form)]),
      headers: { "HX-Request": "true" },
    });
    if (!answer.ok || mine !== asked) return;
    tell(await answer.json());
  } catch {
    // The next change asks again; saving asks in any case.
  }
}

function tell(found) {
  for (const rule of rules()) {
    const said = found.rules[rule.dataset.rule];
    if (!said) continue;
    if (said.sentence) rule.querySelector("[data-sentence]").textContent = said.sentence;
    const preview = rule.querySelector("[data-preview]");
    if (said.preview !== null) preview.textContent = said.preview || preview.dataset.nothing;
    const name = rule.querySelector("[data-name]").value.trim();
    const picker = rule.querySelector("[data-scenario-picker]");
    rule.querySelector("[data-title]").textContent = name || picker.selectedOptions[0].text;
    markFaults(rule, said.faults);
  }
}

// Beside a field only once somebody has been in it: nobody is scolded while writing.
document.addEventListener("focusout", (event) => {
  const box = event.target.closest?.("#goals .form-field");
  if (box) box.dataset.seen = "";
});

function markFaults(rule, faults) {
  const at = `f-r.${rule.dataset.rule}.`;
  for (const box of rule.querySelectorAll(".form-field")) {
    const controls = [...box.querySelectorAll("[id]")].filter((one) => one.id.startsWith(at) && one.closest(".form-field") === box);
    const wrong = controls.find((one) => faults[one.id.slice(at.length)] && !one.id.endsWith("-error"));
    const old = [...box.querySelectorAll(".field-error")].find((one) => one.closest(".form-field") === box);
    if (!wrong) {
      old?.remove();
      box.classList.remove("is-wrong");
      for (const one of controls) one.removeAttribute("aria-invalid");
    } else if (old || "seen" in box.dataset) {
      showFault(box, wrong, old, faults[wrong.id.slice(at.length)]);
    }
  }
  rule.classList.toggle("is-wrong", Boolean(rule.querySelector(".field-error")));
}

function showFault(box, control, old, text) {
  const line = old ?? document.createElement("p");
  if (!old) {
    line.className = "field-error";
    line.id = `${control.id}-error`;
    const words = document.createElement("span");
    line.append(words);
    box.append(line);
  }
  const words = line.querySelector("span");
  if (words.textContent !== text) words.textContent = text;
  box.classList.add("is-wrong");
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", line.id);
}

// The test panel.
document.addEventListener("click", (event) => {
  const at = (what) => event.target.closest?.(what);
  if (at("[data-try-restart]")) restart();
  if (at("[data-try-say]")) say(at("[data-try-say]").textContent);
  if (at("[data-try-open]")) sheet(true);
  if (at("[data-try-close]")) sheet(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.querySelector(".try.is-open")) sheet(false);
});

function say(text) {
  document.querySelector("[data-try-input]").value = text;
  document.getElementById("try-form").requestSubmit(document.querySelector("[data-try-send]"));
}

function restart() {
  const form = document.getElementById("try-form");
  document.getElementById("try-turns").replaceChildren();
  form.querySelector("[name=said]").value = "[]";
  form.querySelector("[name=control]").value = "bot";
  form.querySelector(".try-paused")?.remove();
  form.querySelector("[name=transcript]").value = "";
  settleBots();
  document.querySelector("[data-try-input]").focus();
}

document.addEventListener("htmx:after:request", (event) => {
  const form = document.getElementById("try-form");
  if (!form || event.target !== form || !wasGood(event)) return;
  form.querySelector("[data-try-input]").value = "";
  form.querySelector("[name=transcript]").value = "";
});

function sheet(open) {
  document.querySelector(".try").classList.toggle("is-open", open);
  // Over the page: nobody is to land, unseeing, on what lies below.
  document.getElementById("goals").inert = open;
  const opener = document.querySelector("[data-try-open]");
  opener.setAttribute("aria-expanded", String(open));
  if (open) document.querySelector("[data-try-input]").focus();
  else opener.focus();
}


// A choice that is sent as soon as it is made.
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-sends]")) event.target.form.requestSubmit();
});

// Rows that are added and removed, such as what is said to a silent contact.
document.addEventListener("click", (event) => {
  const rows = event.target.closest?.("[data-rows]");
  if (!rows) return;
  if (event.target.closest("[data-add-row]")) addRow(rows);
  else if (event.target.closest("[data-remove-row]")) removeRow(rows, event.target.closest("[data-row]"));
});

function addRow(rows) {
  const template = rows.querySelector("template");
  added += 1;
  template.insertAdjacentHTML("beforebegin", template.innerHTML.replaceAll("__row__", `new-${added}`));
  const row = template.previousElementSibling;
  row.querySelector("input:not([type=hidden]), select, textarea").focus();
  rowsChanged(rows);
}

function removeRow(rows, row) {
  row.remove();
  rowsChanged(rows);
  rows.querySelector("[data-add-row]").focus();
}

function rowsChanged(rows) {
  const n = rows.querySelectorAll("[data-row]").length;
  rows.querySelector("[data-add-row]").hidden = n >= Number(rows.dataset.most);
  touched(rows);
}
