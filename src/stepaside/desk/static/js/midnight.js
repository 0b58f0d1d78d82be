// A page says "today" of the day it was made on: on another day it is fetched again, as soon
// as nobody is in the middle of something.
import { now } from "./clock.js";
import { isKept } from "./composer.js";
import { hasUnsaved } from "./forms.js";
import { isCovered } from "./popovers.js";

const PAUSE = 60000; // milliseconds without a letter: nobody is in the middle of a word

// Where people stay all day, and what a reload brings back as it was.
const page = () => document.querySelector("main.inbox") ?? document.querySelector("[data-tasks]")?.closest("main");
const day = (instant) => new Date(instant).toDateString();

let typedAt = -PAUSE;
document.addEventListener("input", () => (typedAt = performance.now()));

function settleDay() {
  const made = page()?.dataset.now;
  if (made && day(made) !== day(now()) && isIdle()) location.reload();
}

const isIdle = () =>
  performance.now() - typedAt > PAUSE &&
  !hasUnsaved() &&
  !isCovered() &&
  !document.querySelector(".is-pending:not(.is-unsent)") &&
  ![...document.querySelectorAll("input, textarea")].some((field) => field.checkVisibility() && isTouched(field));

function isTouched(field) {
  if (field.form?.matches("[data-composer]") && isKept(field.form)) return false;
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
}

// With a sign of life, which also comes first after a night asleep: a page that is there is
// better than one the server cannot be reached for.
document.addEventListener("pulse", settleDay);
