// The bell: a sound when it counts up, and notifications of the browser's own.
import { recall, remember } from "./store.js";

let known = null;
let sound = null;

export function settleNotifications() {
  const bell = document.getElementById("bell-count");
  if (bell) heard(Number(bell.dataset.n));
  settleSound();
  settlePush();
}

function heard(n) {
  if (known !== null && n !== known) {
    renew();
    if (n > known && recall("silent") !== "yes") chime();
  }
  known = n;
}

// The list, where it is what one looks at: as the server shows it now.
async function renew() {
  if (!document.querySelector("[data-live-list]")) return;
  const answer = await fetch(location.href).catch(() => null); // left in the meantime
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [now, list] = [page, document].map((one) => one.querySelector("[data-live-list]"));
  if (now && list && !list.contains(document.activeElement)) list.replaceWith(now);
}

// Two soft notes. Browsers let no page sound before somebody has touched it.
function chime() {
  if (!navigator.userActivation?.hasBeenActive) return;
  sound ??= new AudioContext();
  [[660, 0], [880, 0.12]].forEach(([pitch, after]) => {
    const tone = new OscillatorNode(sound, { frequency: pitch });
    const level = new GainNode(sound, { gain: 0 });
    const at = sound.currentTime + after;
    level.gain.linearRampToValueAtTime(0.08, at + 0.02);
    level.gain.exponentialRampToValueAtTime(0.0001, at + 0.4);
    tone.connect(level).connect(sound.destination);
    tone.start(at);
    tone.stop(at + 0.45);
  });
}

function settleSound() {
  const box = document.querySelector("[data-sound]");
  if (box) box.checked = recall("silent") !== "yes";
}

const place = () => document.querySelector("[data-push-key]");
const isPossible = () => "serviceWorker" in navigator && "PushManager" in window;
const worker = () => navigator.serviceWorker.register("/desk/push.js", { scope: "/desk/" });

async function settlePush() {
  const here = place();
  if (!here || here.dataset.settled) return;
  here.dataset.settled = "yes";
  const box = here.querySelector("[data-push]");
  if (!box) return;
  if (!isPossible()) return say("impossible");
  if (Notification.permission === "denied") return say("denied");
  box.disabled = false;
  try {
    const subscription = await (await worker()).pushManager.getSubscription();
    box.checked = Boolean(subscription) && Notification.permission === "granted";
    // The server may have forgotten it, or the browser renewed it.
    if (box.checked) await send("browsers", subscription);
  } catch {
    say("failed");
  }
}

function say(what) {
  for (const words of place()?.querySelectorAll("[data-push-says]") ?? []) {
    words.hidden = words.dataset.pushSays !== what;
  }
}

async function turn(box) {
  box.disabled = true;
  say("");
  try {
    if (box.checked) await subscribe();
    else await unsubscribe();
  } catch {
    box.checked = !box.checked;
    say(Notification.permission === "denied" ? "denied" : "failed");
  }
  box.disabled = Notification.permission === "denied";
}

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") throw new Error("refused");
  const { pushManager } = await worker();
  await navigator.serviceWorker.ready;
  const subscription = await pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: place().dataset.pushKey,
  });
  await send("browsers", subscription);
}

async function unsubscribe(csrf) {
  const registration = await navigator.serviceWorker.getRegistration("/desk/");
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return;
  await send("browsers/forget", subscription, csrf);
  await subscription.unsubscribe();
}

// Who signs out leaves nothing that goes on telling, whoever sits here next.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[action$='/logout']") || form.dataset.left || !isPossible()) return;
  event.preventDefault();
  form.dataset.left = "yes";
  const late = new Promise((done) => setTimeout(done, 2000));
  await Promise.race([unsubscribe(form.elements.csrf.value).catch(() => {}), late]);
  form.submit();
});

async function send(what, subscription, csrf = place()?.dataset.csrf) {
  const { endpoint, keys } = subscription.toJSON();
  const answer = await fetch(`/desk/notifications/${what}`, {
    method: "POST",
    headers: { "X-CSRF-Token": csrf },
    body: new URLSearchParams({ endpoint, ...keys, name: nameOfBrowser() }),
  });
  if (!answer.ok) throw new Error(answer.status);
}

function nameOfBrowser() {
  const brand = navigator.userAgentData?.brands?.find(({ brand }) => !/Not|Chromium/.test(brand))?.brand;
  const agent = navigator.userAgent;
  const browser = brand || (/Firefox/.test(agent) ? "Firefox" : /Chrome/.test(agent) ? "Chrome" : "Safari");
  const system = navigator.userAgentData?.platform || /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(agent)?.[0] || "";
  return system ? `${browser}, ${system}` : browser;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-sound]")) {
    remember("silent", event.target.checked ? "" : "yes");
    if (event.target.checked) chime();
  }
  if (event.target.matches("[data-push]")) turn(event.target);
});
