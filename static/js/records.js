"use strict";

/* A list with one of its lines open beside it: the lines are walked, the open one is marked, closing leads back. */

(() => {
  const panel = () => document.getElementById("panel");
  const openId = () => panel()?.querySelector("[data-record]")?.dataset.record;
  const rows = () => [...document.querySelectorAll(".grid tbody tr")];

  function markOpenRow() {
    const id = openId();
    for (const row of rows()) {
      if (row.dataset.record !== id) {
        row.removeAttribute("aria-current");
      } else if (!row.hasAttribute("aria-current")) {
        row.setAttribute("aria-current", "true");
        row.scrollIntoView({ block: "nearest" });
      }
    }
  }

  function moveFocus(step) {
    const all = rows();
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const row = all[Math.min(all.length - 1, Math.max(0, at + step))];
    row?.querySelector(".grid__link").focus();
    return row !== undefined;
  }

  function closePanel(link) {
    const id = openId();
    if (!panel()?.firstElementChild) return false;
    panel().replaceChildren();
    if (!id) return true;
    history.pushState({ htmx: true }, "", link.href);
    markOpenRow();
    document.querySelector(`#row-${CSS.escape(id)} .grid__link`)?.focus();
    return true;
  }

  shortcuts.on("next", () => !openId() && moveFocus(1));
  shortcuts.on("previous", () => !openId() && moveFocus(-1));

  document.addEventListener("click", (event) => {
    const closer = event.target.closest("#panel [data-close-panel]");
    if (closer && closePanel(closer)) event.preventDefault();
    const row = event.target.closest(".grid tbody tr");
    if (row && !event.target.closest("a, button, .grid__pick") && !String(getSelection())) row.querySelector(".grid__link").click();
  });

  /* A filter menu stays open while its boxes are ticked, though the list around it is drawn anew. */
  let openMenus = [];
  document.addEventListener("htmx:beforeSwap", () => {
    openMenus = [...document.querySelectorAll(".filters details.menu[open]")].map((menu) => menu.id);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const isFiltering = event.detail.requestConfig?.triggeringEvent?.type === "change";
    for (const id of isFiltering ? openMenus : []) document.getElementById(id)?.setAttribute("open", "");
    markOpenRow();
  });
})();
