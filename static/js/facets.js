"use strict";

/* The facets beside a list, and what completes a filter while it is typed. Without this script facets are pages of
   their own, ranges are typed, and the filter is chosen from menus. */

(() => {
  /* A drag over bars is the range from the first to the last of them, sent by the form below. */
  let brush = null;
  const barAt = (event) => event.target.closest?.(".facet__body .bars a");

  function mark() {
    const [first, last] = [brush.from, brush.to].sort((a, b) => a - b);
    brush.bars.forEach((bar, place) => bar.classList.toggle("bars__brushed", place >= first && place <= last));
    return [brush.bars[first], brush.bars[last]];
  }

  document.addEventListener("pointerdown", (event) => {
    const bar = barAt(event);
    if (!bar || event.button) return;
    const picture = bar.closest(".bars");
    const bars = [...picture.querySelectorAll("a")];
    brush = { picture, bars, from: bars.indexOf(bar), to: bars.indexOf(bar) };
  });

  document.addEventListener("pointermove", (event) => {
    if (!brush) return;
    const box = brush.picture.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * brush.bars.length);
    brush.to = Math.min(brush.bars.length - 1, Math.max(0, place));
    brush.picture.classList.toggle("bars--brushing", brush.to !== brush.from);
    mark();
  });

  document.addEventListener("pointerup", () => {
    if (!brush) return;
    const [first, last] = mark();
    const { picture, from, to } = brush;
    brush = null;
    for (const bar of picture.querySelectorAll("a")) bar.classList.remove("bars__brushed");
    if (from === to) return; // A click, which is a link.
    picture.addEventListener("click", (event) => [event.preventDefault(), event.stopPropagation()], { capture: true, once: true });
    const form = picture.parentElement.querySelector(".facet__range");
    form.elements.low.value = first.dataset.low;
    form.elements.high.value = last.dataset.high;
    form.requestSubmit();
  });

  document.addEventListener("dragstart", (event) => {
    if (barAt(event)) event.preventDefault();
  });

  /* While the list is drawn anew the facets keep what they showed, where it was, until their new counts are in. */
  const OPEN = "winnow-facets";
  const rail = () => document.getElementById("facet-rail");
  const facets = () => [...document.querySelectorAll("#facet-rail [data-facet]")];
  const opened = () => JSON.parse(localStorage.getItem(OPEN) ?? "{}");
  let before = null;

  /* What of a facet had the focus: it is drawn twice anew, with the list and with its counts. */
  let held = null;
  const nameIn = (one) => [one.closest(".facet__row")?.querySelector(".truncate").title, one.name, one.getAttribute("class")].join("\n");

  function hold() {
    const facet = document.activeElement.closest("#facet-rail [data-facet]");
    held = facet && { facet: facet.dataset.facet, name: nameIn(document.activeElement) };
  }

  function refocus() {
    const facet = held && document.activeElement === document.body && facets().find((one) => one.dataset.facet === held.facet);
    if (!facet) return;
    const places = [...facet.querySelectorAll("a:not(.bars a), input, button, summary")];
    const place = places.find((one) => nameIn(one) === held.name) ?? places[0];
    place.focus({ preventScroll: true });
  }

  document.addEventListener("focusin", (event) => {
    if (!event.target.closest("#facet-rail")) held = null;
  });

  function restore() {
    const choices = opened();
    for (const facet of facets()) {
      const body = facet.querySelector(".facet__body");
      const shown = before?.bodies.get(facet.dataset.facet);
      if (shown && body.querySelector(".no-js-only:only-child")) body.innerHTML = shown;
      const isOpen = choices[facet.dataset.facet];
      if (isOpen !== undefined && isOpen !== facet.open) facet.open = isOpen;
    }
    if (before && rail()) rail().scrollTop = before.top;
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id !== "desk" || !rail()) return;
    const bodies = new Map(facets().map((one) => [one.dataset.facet, one.open ? one.querySelector(".facet__body").innerHTML : ""]));
    before = { bodies, top: rail().scrollTop };
    hold();
  });

  document.addEventListener("click", (event) => {
    const facet = event.target.closest("#facet-rail summary.facet__title")?.parentElement;
    if (facet) localStorage.setItem(OPEN, JSON.stringify({ ...opened(), [facet.dataset.facet]: !facet.open }));
  });

  document.addEventListener("DOMContentLoaded", restore);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "desk") restore();
    refocus();
    const total = document.querySelector("#filter-total[data-exact]");
    if (total) tellTotal(total.dataset.exact);
  });

  /* Everywhere where the list said its capped total. */
  function tellTotal(total) {
    for (const place of document.querySelectorAll("[data-list-total]")) place.textContent = total;
    const line = document.querySelector(".grid-foot .pagination [role=status]");
    if (line) line.textContent = line.textContent.replace(/(?<= of )\S+$/, total);
    const selection = document.getElementById("selection");
    if (selection) selection.dataset.total = total;
  }

  /* Completion: arrows move through what is offered, Enter or Tab takes it, Escape closes. */
  const input = () => document.querySelector("[data-complete]");
  const list = () => document.getElementById("completions");
  const options = () => [...(list()?.querySelectorAll("[role=option]") ?? [])];
  const chosen = () => list()?.querySelector('[aria-selected="true"]');
  const typed = () => input().value.slice(0, input().selectionStart);

  function close() {
    if (!list()) return;
    list().replaceChildren();
    input().setAttribute("aria-expanded", "false");
    input().removeAttribute("aria-activedescendant");
  }

  function choose(option) {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    input().setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function take(option) {
    const field = input();
    const start = typed().replace(/(?:"(?:[^"\\]|\\.)*(?:"|$)|[^\s"])*$/, "") + option.dataset.text;
    const isField = start.endsWith(":");
    const rest = field.value.slice(field.selectionStart);
    field.value = start + (isField || rest.startsWith(" ") ? "" : " ") + rest;
    const caret = start.length + (isField ? 0 : 1);
    field.setSelectionRange(caret, caret);
    close();
    field.focus();
    if (isField) field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target === input()) event.detail.formData.set("typed", typed());
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== list()) return;
    const isWanted = document.activeElement === input() && options().length > 0;
    if (!isWanted) close();
    else input().setAttribute("aria-expanded", "true");
  });

  document.addEventListener("keydown", (event) => {
    if (event.target !== input() || !list()) return;
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown" && !all.length) htmx.trigger(input(), "complete");
    else if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp" && all.length) choose(all[(at <= 0 ? all.length : at) - 1]);
    else if (event.key === "Escape" && all.length) close();
    else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && chosen()) take(chosen());
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest?.("#completions [role=option]");
    if (option) {
      event.preventDefault(); // The field keeps the focus.
      take(option);
    } else if (input() && event.target !== input()) close();
  });

  document.addEventListener("focusout", (event) => {
    if (event.target === input()) close();
  });
})();
