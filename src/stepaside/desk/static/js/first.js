// Before anything is drawn: the chosen theme and panels, and the reader's time zone.
(() => {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem("desk:theme");
    if (theme) root.dataset.theme = theme;
    if (localStorage.getItem("desk:ai") === "shown") root.dataset.ai = "shown";
    if (localStorage.getItem("desk:context") === "closed") root.dataset.context = "closed";
  } catch {
    // Storage may be forbidden; then nothing is remembered.
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `stepaside_zone=${encodeURIComponent(zone)}; Path=/desk; Max-Age=31536000; SameSite=Lax${secure}`;
})();
