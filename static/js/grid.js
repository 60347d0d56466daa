"use strict";

/* The grid with a keyboard: of its rows one is a stop of Tab, the arrows move between them, Space selects. What had the
   focus keeps it when the list is drawn anew, and a list in other columns keeps the record that is open beside it. */

(() => {
  const rows = () => [...document.querySelectorAll(".grid[data-grid] tbody tr")];
  const linkOf = (row) => row?.querySelector(".grid__link");
  const PLACE = "place-in-list";
  let focused = "";
  let isMenuOpen = false;

  function rove(current) {
    for (const row of rows()) {
      for (const stop of row.querySelectorAll(".grid__link, .grid__pick > input")) stop.tabIndex = row === current ? 0 : -1;
    }
  }

  function roveAnew() {
    const all = rows();
    rove(all.find((row) => row.contains(document.activeElement)) ?? all.find((row) => row.ariaCurrent) ?? all[0]);
  }

  const STEPS = {
    ArrowDown: (at) => at + 1,
    ArrowUp: (at) => at - 1,
    Home: () => 0,
    End: (at, last) => last,
  };

  function moveInRows(event, row) {
    if (event.key === " " && event.target.matches(".grid__link")) {
      row.querySelector(".grid__pick > input")?.click();
    } else if (STEPS[event.key]) {
      const all = rows();
      linkOf(all[STEPS[event.key](all.indexOf(row), all.length - 1)])?.focus();
    } else return;
    event.preventDefault();
  }

  function moveColumn(event, line) {
    const side = { ArrowUp: "left", ArrowDown: "right" }[event.key];
    if (!side) return;
    event.preventDefault();
    line.querySelector(`[id^="${side}-"]`)?.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey) return;
    const row = event.target.closest?.(".grid[data-grid] tbody tr");
    const line = event.target.closest?.(".columns__line");
    if (row && !event.altKey && !event.shiftKey) moveInRows(event, row);
    else if (line && event.altKey) moveColumn(event, line);
  });

  document.addEventListener("click", (event) => {
    const column = event.target.closest("[data-column]")?.dataset.column;
    if (column) document.getElementById(`column-${column}`)?.click();
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.(".grid[data-grid] tbody tr");
    if (row) rove(row);
  });

  /* The list was drawn before this record was opened or closed. */
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.closest("[data-keeps-place]")) return;
    const address = new URL(event.detail.path, location.href);
    const query = new URLSearchParams(location.search);
    for (const key of ["record", "log"]) {
      event.detail.formData.delete(key);
      address.searchParams.delete(key);
      if (query.has(key)) address.searchParams.set(key, query.get(key));
    }
    event.detail.path = address.pathname + address.search.replaceAll("%2C", ",");
  });

  /* What is open beside a list leads back to it as it is drawn now. */
  function carryColumns() {
    const columns = new URLSearchParams(location.search).get("cols");
    for (const name of ["href", "hx-get", "hx-push-url"]) {
      for (const link of document.querySelectorAll(`#panel [${name}]`)) {
        const address = new URL(link.getAttribute(name), location.href);
        if (!address.pathname.startsWith(location.pathname)) continue;
        if (columns) address.searchParams.set("cols", columns);
        else address.searchParams.delete("cols");
        link.setAttribute(name, address.pathname + address.search.replaceAll("%2C", ",") + address.hash);
      }
    }
    htmx.process(document.getElementById("panel"));
  }

  document.addEventListener("htmx:beforeSwap", () => {
    focused = document.activeElement?.id ?? "";
    isMenuOpen = document.getElementById("menu-columns")?.open === true;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const isInColumns = event.detail.requestConfig?.elt?.closest?.("[data-keeps-place]");
    if (isInColumns) {
      document.getElementById("menu-columns")?.toggleAttribute("open", isMenuOpen);
      carryColumns();
    }
    if (document.activeElement === document.body && focused) {
      const again = document.getElementById(focused);
      (again?.matches("a, button, input") ? again : linkOf(rows()[0]))?.focus({ preventScroll: true });
    }
    roveAnew();
  });

  /* An undo draws the whole page anew, and the row that a key was pressed on is the place to go on from. */
  document.addEventListener("submit", (event) => {
    const link = document.activeElement.closest(".grid__link");
    if (link && event.target.matches(".toast form")) sessionStorage.setItem(PLACE, link.id);
  });

  function goBackToPlace() {
    document.getElementById(sessionStorage.getItem(PLACE))?.focus();
    sessionStorage.removeItem(PLACE);
  }

  document.addEventListener("DOMContentLoaded", () => {
    roveAnew();
    goBackToPlace();
  });
})();
