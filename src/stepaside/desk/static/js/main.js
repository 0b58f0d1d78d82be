// The desk's own scripts. Each listens on the document, so that swapped pieces of the
// page need no set-up; what has to be done again after a swap is done in `settle`.
import { settleMany } from "./many.js";
import { setClock, tick } from "./clock.js";
import { settleComposer } from "./composer.js";
import { settleForms } from "./forms.js";
import { settlePresence } from "./presence.js";
import { settleList } from "./list.js";
import { settleNotifications } from "./notifications.js";
import { settlePanels } from "./panels.js";
import { settleToasts } from "./toasts.js";
import { settleTranscript } from "./transcript.js";
import "./keys.js";
import "./palette.js";
import "./suggest.js";
import { settlePopovers } from "./popovers.js";
import "./stream.js";
import "./midnight.js"; // after it has set the clock
// The rooms.
import { settleBots } from "./bots.js";
import { settleContacts } from "./contacts.js";
import { settleReports } from "./reports.js";
import "./settings.js";
import { settleTasks } from "./tasks.js";

let stream = null;

function settle() {
  const now = document.getElementById("stream");
  if (now && now !== stream) setClock(now.dataset.now);
  stream = now;
  tick();
  settleList();
  settleMany();
  settleTranscript();
  settleComposer();
  settlePresence();
  settlePanels();
  settlePopovers();
  settleForms();
  settleBots();
  settleToasts();
  settleReports();
  settleContacts();
  settleTasks();
  settleNotifications();
}

document.addEventListener("htmx:after:swap", settle);
document.addEventListener("DOMContentLoaded", settle);
