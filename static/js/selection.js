"use strict";

/* Which records are selected: some, ticked one by one also over several pages, or all that the filter matched at a
   revision but those that were unticked. A list of ids is never sent for all; another filter drops the selection. */

(() => {
  const picked = { filter: null, revision: "", isAll: false, ids: new Set(), except: new Set() };
  let anchor = null;

  const form = () => document.getElementById("selection");
  const boxes = () => [...document.querySelectorAll('.grid tbody input[name="id"]')];
  const pageBox = () => document.querySelector("[data-pick-page]");
  const isPicked = (id) => (picked.isAll ? !picked.except.has(id) : picked.ids.has(id));
  const isAny = () => picked.isAll || picked.ids.size > 0;
  const number = (count) => count.toLocaleString("en");

  function pick(id, isOn) {
    const set = picked.isAll ? picked.except : picked.ids;
    if (isOn === picked.isAll) set.delete(id);
    else set.add(id);
  }

  function forget() {
    Object.assign(picked, { isAll: false, revision: "" });
    picked.ids.clear();
    picked.except.clear();
    anchor = null;
  }

  function inWords() {
    if (picked.isAll) {
      const { total, words } = form().dataset;
      const without = picked.except.size ? `, ${number(picked.except.size)} left out` : "";
      const counted = total === "many" ? "records" : total; // Until they are counted exactly.
      return `All ${counted} ${words} selected${without}`;
    }
    const here = boxes().filter((box) => picked.ids.has(box.value)).length;
    const isPage = here && here === boxes().length && here === picked.ids.size;
    return isPage ? `All ${number(here)} on this page selected` : `${number(picked.ids.size)} selected`;
  }

  function draw() {
    if (!form()) return;
    for (const box of boxes()) box.checked = isPicked(box.value);
    const here = boxes().filter((box) => box.checked).length;
    pageBox().checked = here > 0 && here === boxes().length;
    pageBox().indeterminate = here > 0 && here < boxes().length;
    const shown = new Set(boxes().map((box) => box.value));
    form().querySelector("[data-elsewhere]").value = [...picked.ids].filter((id) => !shown.has(id)).join(",");
    form().elements.except.value = [...picked.except].join(",");
    form().elements.revision.value = picked.isAll ? picked.revision : form().dataset.revision;
    const all = form().querySelector("[data-pick-all]");
    if (all) all.checked = picked.isAll;
    form().classList.toggle("selection--on", isAny());
    const line = form().querySelector("[data-selection-state]");
    if (line.textContent !== inWords()) line.textContent = inWords();
  }

  /* After the list was drawn anew: the same filter keeps what was selected. */
  function follow() {
    const filter = form()?.dataset.filter ?? null;
    if (filter !== picked.filter) {
      if (isAny()) document.dispatchEvent(new CustomEvent("say", { detail: "The filter changed, so nothing is selected any more." }));
      forget();
      picked.filter = filter;
    }
    draw();
  }

  function pickTo(id, isOn) {
    const ids = boxes().map((box) => box.value);
    const [from, to] = [ids.indexOf(anchor ?? id), ids.indexOf(id)].sort((a, b) => a - b);
    for (const one of ids.slice(Math.max(0, from), to + 1)) pick(one, isOn);
  }

  function rowAtHand() {
    const opened = document.querySelector(".grid tbody tr[aria-current]"); // Which the keys move, and not the focus.
    return opened ?? document.activeElement?.closest?.(".grid tbody tr");
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-pick-none]")) {
      forget();
      draw();
    }
    const box = event.target.closest?.('.grid tbody input[name="id"]');
    if (!box) return;
    if (event.shiftKey) pickTo(box.value, box.checked);
    else pick(box.value, box.checked);
    anchor = box.value;
    draw();
  });

  document.addEventListener("change", (event) => {
    if (event.target === pageBox()) {
      for (const box of boxes()) pick(box.value, event.target.checked);
    } else if (event.target.matches("[data-pick-all]")) {
      const isAll = event.target.checked;
      const { filter } = picked;
      forget();
      Object.assign(picked, { filter, isAll, revision: form().dataset.revision });
    } else return;
    draw();
  });

  function pickRow(pickFrom) {
    const id = form() && rowAtHand()?.dataset.record;
    if (!id) return false;
    pickFrom(id);
    anchor = id;
    draw();
    return true;
  }

  shortcuts.on("select", () => pickRow((id) => pick(id, !isPicked(id))));
  shortcuts.on("select-range", () => pickRow((id) => pickTo(id, true)));

  /* Without a selection and an open record, the line at hand is meant; the list is then read from the one below on. */
  function changeRow(name, isLeft) {
    const row = form() && !isAny() && rowAtHand();
    if (!row) return false;
    pick(row.dataset.record, true);
    anchor = ((isLeft && row.nextElementSibling) || row).dataset.record;
    draw();
    return shortcuts.press(name);
  }

  for (const name of ["approve", "reject", "flag"]) shortcuts.on(name, () => changeRow(name, true));
  shortcuts.on("tag", () => changeRow("tag", false));

  document.addEventListener("htmx:configRequest", (event) => {
    if (!form()?.contains(event.target) || !picked.isAll) return;
    event.detail.formData.delete("id");
    event.detail.formData.delete("also");
  });

  /* Records were changed: the list is read again where it is. */
  document.addEventListener("records-changed", async (event) => {
    const place = document.querySelector(".grid-wrap")?.scrollTop ?? 0;
    const id = anchor;
    forget();
    await htmx.ajax("GET", location.href, { target: "#desk", swap: "innerHTML" });
    document.querySelector(".grid-wrap")?.scrollTo({ top: place });
    const row = id && document.querySelector(`#row-${CSS.escape(id)} .grid__link`);
    const isLost = !event.detail?.isLater && document.activeElement === document.body;
    (row || (isLost ? document.querySelector(".grid__link") : null))?.focus({ preventScroll: true });
  });

  /* So is what a job changed, but not from under the hands of who went on meanwhile. */
  document.addEventListener("job-ended", () => {
    const isInUse = isAny() || document.querySelector("#panel > *") || document.activeElement.matches("#desk input, #desk select");
    if (!isInUse) document.dispatchEvent(new CustomEvent("records-changed", { detail: { isLater: true } }));
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    follow();
    if (event.target.id !== "panel") return;
    event.target.querySelector(".bulk :is(input:not([type=hidden]), select, .btn--primary)")?.focus();
  });
  document.addEventListener("DOMContentLoaded", follow);
})();
