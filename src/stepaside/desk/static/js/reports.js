// What the pages of reports do in the browser. Listens on the document.

export function settleReports() {
  document.querySelector("[data-report-filter]")?.classList.add("is-live");
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-report-filter]");
  if (!form) return;
  const dates = form.querySelector("[data-dates]");
  dates.hidden = form.elements.period.value !== "custom";
  for (const field of dates.querySelectorAll("input")) field.disabled = dates.hidden;
  // A period of one's own needs both of its ends first.
  if (event.target.name === "period" && !dates.hidden) return dates.querySelector("input").focus();
  if ([...dates.querySelectorAll("input")].some((field) => !field.disabled && !field.value)) return;
  form.requestSubmit();
});

// What says nothing stays out of the address.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches?.("[data-report-filter]")) return;
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
  if (event.formData.get("period") === "custom") return;
  for (const name of ["from", "to"]) event.formData.delete(name);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
