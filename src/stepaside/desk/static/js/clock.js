// Times that run while the page is open, by the server's clock.
// `times.py` says the same words for the first look.

let ahead = 0;

export function setClock(serverNow) {
  ahead = Date.parse(serverNow) - Date.now();
}

export function now() {
  return Date.now() + ahead;
}

// The server's words, in the reader's language.
const words = JSON.parse(document.documentElement.dataset.span ?? "{}");
const say = (word, n) => (n ? words[word].replace("%(n)s", n) : "");

export function span(milliseconds) {
  const minutes = Math.floor(Math.max(0, milliseconds) / 60000);
  if (minutes < 1) return words.short;
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const rest = days ? "" : say("minutes", minutes % 60);
  return [say("days", days), say("hours", hours), rest].filter(Boolean).join(" ");
}

export function tick() {
  for (const time of document.querySelectorAll("time[data-runs]")) {
    const away = Date.parse(time.dateTime) - now();
    const text = span(time.dataset.runs === "until" ? away : -away);
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(tick, 5000);
