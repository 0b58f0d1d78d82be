// What this browser remembers. Storage may be full or forbidden: then it does not.

export function recall(key) {
  try {
    return localStorage.getItem(`desk:${key}`);
  } catch {
    return null;
  }
}

export function remember(key, value) {
  try {
    if (value === null || value === "") localStorage.removeItem(`desk:${key}`);
    else localStorage.setItem(`desk:${key}`, value);
  } catch {
    // Not remembered; nothing depends on it.
  }
}

// What somebody writes is theirs alone: a colleague at the same machine never gets to see
// it, let alone to send it.
const mine = (what) => `${what}:${document.querySelector("[data-me]").dataset.me}:`;
export const draftKey = (conversation) => mine("draft") + conversation;
export const unsentKey = (conversation) => mine("unsent") + conversation;

function written() {
  try {
    return Object.keys(localStorage).filter((key) => /^desk:(draft|unsent):/.test(key));
  } catch {
    return []; // nothing is remembered
  }
}

const isMine = (key) => ["draft", "unsent"].some((what) => key.startsWith(`desk:${mine(what)}`));
const forget = (keys) => keys.forEach((key) => remember(key.replace("desk:", ""), null));

export const hasWritten = () => written().some(isMine);

// Drafts are words about customers: they do not stay behind on a shared machine.
export const forgetDrafts = () => forget(written());

// Nor when somebody went without signing out.
document.addEventListener("DOMContentLoaded", () => forget(written().filter((key) => !isMine(key))));
