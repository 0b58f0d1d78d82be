// What the pages of contacts do in the browser. Listens on the document.

export function settleContacts() {
  for (const form of document.querySelectorAll("[data-live-filter]")) form.classList.add("is-live");
}

// A choice acts at once; words wait until the writer pauses.
let pausing = null;
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-live-filter]");
  if (form && event.target.type !== "search") form.requestSubmit();
});
document.addEventListener("input", (event) => {
  const form = event.target.type === "search" && event.target.closest("[data-live-filter]");
  if (!form) return;
  clearTimeout(pausing);
  pausing = setTimeout(() => {
    if (!form.isConnected) return;
    typing = true;
    form.requestSubmit();
  }, 350);
});

// Where one was typing one goes on typing, on the page that comes.
let typing = false;
document.addEventListener("htmx:after:swap", () => {
  const field = typing && document.querySelector("[data-live-filter] [type=search]");
  typing = false;
  if (!field) return;
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
});

// What says nothing stays out of the address.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches?.("[data-live-filter]")) return;
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});
