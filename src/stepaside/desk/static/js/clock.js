// Times that run while the page is open, by the server's clock.
// `times.py` says the same words for the first look.

let ahead = 0;

export function setClock(serverNow) {
  ahead = Date.parse(serverNow) - Date.now();
}

export function now() {
  return Date.now() + ahead;
}

export function span(milliseconds) {
  const minutes = Math.floor(Math.max(0, milliseconds) / 60000);
  if (minutes < 1) return "< 1 min";
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const rest = minutes % 60;
  if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours) return rest ? `${hours} h ${rest} min` : `${hours} h`;
  return `${rest} min`;
}

export function tick() {
  for (const time of document.querySelectorAll("time[data-runs]")) {
    const away = Date.parse(time.dateTime) - now();
    const text = span(time.dataset.runs === "until" ? away : -away);
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(tick, 5000);
