"use strict";

/* The view that is open is marked in the side bar, and a queue that is left gives its record back. */

(() => {
  function markOpenView() {
    const open = new URLSearchParams(location.search).get("saved") ?? location.pathname.match(/\/views\/([0-9a-f-]{36})\//)?.[1];
    for (const link of document.querySelectorAll("[data-view]")) {
      if (link.dataset.view === open) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  for (const name of ["htmx:load", "htmx:pushedIntoHistory", "htmx:historyRestore"]) document.addEventListener(name, markOpenView);

  addEventListener("pagehide", () => {
    const lease = document.getElementById("queue-lease");
    if (lease?.dataset.leave) navigator.sendBeacon(lease.dataset.leave, new FormData(lease));
  });

  addEventListener("pageshow", (event) => {
    if (event.persisted && document.getElementById("queue")) location.reload();
  });
})();
