"use strict";

/* What is likely asked for next is fetched ahead: the neighbors of the open record, the record that has the focus, the
   next page. It waits in the browser's cache for a minute, and no longer than until something is changed from here. */

(() => {
  const FRESH_MS = 55_000;
  const REST_MS = 120;
  const IDLE_MS = 600;
  const fetched = new Map();
  let changedAt = -Infinity;
  let resting = 0;

  const addressOf = (path) => new URL(path, location.href).href;
  const isFresh = (url) => (fetched.get(url) ?? -Infinity) > Math.max(changedAt, performance.now() - FRESH_MS);

  async function fetchAhead(path) {
    const url = addressOf(path);
    if (isFresh(url) || navigator.connection?.saveData) return;
    fetched.set(url, performance.now());
    try {
      const response = await fetch(url, { headers: { "HX-Request": "true", Purpose: "prefetch" }, cache: "reload", priority: "low" });
      await response.text(); // Only what was read whole is kept.
      if (!response.ok || response.redirected) fetched.delete(url);
    } catch {
      fetched.delete(url); // Fetched when it is asked for.
    }
  }

  function fetchAll() {
    if (document.hidden) return;
    for (const link of document.querySelectorAll("#panel [data-ahead][hx-get]")) fetchAhead(link.getAttribute("hx-get"));
    const pages = [...document.querySelectorAll(".pagination [data-ahead][hx-get]")];
    setTimeout(() => pages.filter((link) => link.isConnected).forEach((link) => fetchAhead(link.getAttribute("hx-get"))), IDLE_MS);
  }

  document.addEventListener("focusin", (event) => {
    if (!event.target.matches(".grid[data-grid] .grid__link[hx-get]")) return;
    clearTimeout(resting);
    resting = setTimeout(fetchAhead, REST_MS, event.target.getAttribute("hx-get"));
  });

  document.addEventListener("htmx:configRequest", (event) => {
    const { headers, path, verb } = event.detail;
    if (verb === "get" && !isFresh(addressOf(path))) headers["Cache-Control"] = "no-cache";
  });

  /* As soon as the answer is there, before it has anything read again, and also when none came. */
  for (const name of ["htmx:beforeOnLoad", "htmx:afterRequest"]) {
    document.addEventListener(name, (event) => {
      if (event.detail.requestConfig?.verb !== "get") changedAt = performance.now();
    });
  }

  document.addEventListener("htmx:afterSettle", fetchAll);
  document.addEventListener("DOMContentLoaded", fetchAll);
})();
