"use strict";

/* Records with a keyboard: j and k move, Enter opens, Esc closes, and buttons show their keys. Off while somebody
   types, and for whoever has switched them off. */

(() => {
  const panel = () => document.getElementById("panel");
  const openId = () => panel()?.querySelector("[data-record]")?.dataset.record;
  const rows = () => [...document.querySelectorAll(".grid tbody tr")];

  function isTyping(target) {
    return target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
  }

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
  }

  function press(key) {
    const target = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((one) => one.checkVisibility()).at(-1);
    if (target) target.click();
    else if (!openId() && (key === "j" || key === "k")) moveFocus(key === "j" ? 1 : -1);
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

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "Escape") document.querySelector("[data-close-panel]")?.click();
    else if (document.documentElement.dataset.keys !== "off") press(event.key);
  });

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
