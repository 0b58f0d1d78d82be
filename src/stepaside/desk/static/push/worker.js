// Shows notifications, also while no page of the desk is open. Served as /desk/push.js,
// so that it may act for all of /desk.
self.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  event.waitUntil(
    self.registration.showNotification(told.title || "Stepaside", {
      body: told.body,
      // One conversation, one notification: the newest takes the place of the last.
      tag: told.thread || told.key,
      renotify: true,
      data: { link: told.link || "/desk/notifications" },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.link));
});

async function open(link) {
  const pages = await self.clients.matchAll({ type: "window" });
  const desk = pages.find((page) => new URL(page.url).pathname.startsWith("/desk"));
  if (!desk) return self.clients.openWindow(link);
  await desk.focus();
  return desk.navigate(link);
}
