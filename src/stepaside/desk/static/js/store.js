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

// Drafts are words about customers: they do not stay behind on a shared machine.
export function forgetDrafts() {
  try {
    for (const key of Object.keys(localStorage)) {
      if (/^desk:(draft|unsent):/.test(key)) localStorage.removeItem(key);
    }
  } catch {
    // There is nothing to forget.
  }
}
