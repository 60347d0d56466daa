"use strict";

/* The palette: what the server found, and before it what can be done on the page at hand. One of the lines is marked;
   arrows move the mark, Enter takes the line, or the first one of what is still being looked for. */

(() => {
  let drawn = "";
  let isTakenNext = false;

  const dialog = () => document.getElementById("palette");
  const list = () => document.getElementById("palette-found");
  const input = () => document.getElementById("palette-input");
  const lines = () => [...(list().querySelectorAll("[role=option]"))];
  const isMarked = (line) => line.getAttribute("aria-selected") === "true";

  function mark(line) {
    for (const one of lines()) one.setAttribute("aria-selected", String(one === line));
    if (line) {
      input().setAttribute("aria-activedescendant", line.id);
      line.scrollIntoView({ block: "nearest" });
    } else {
      input().removeAttribute("aria-activedescendant");
    }
  }

  function labelOf(element) {
    if (element.dataset.palette) return element.dataset.palette;
    const copy = element.cloneNode(true);
    for (const key of copy.querySelectorAll("kbd")) key.remove();
    return (copy.textContent.trim() || element.getAttribute("aria-label") || element.title).replace(/\s+/g, " ");
  }

  /* Places of the menu are among what the server found. */
  function actions() {
    const isAction = (one) => !one.closest("dialog, .nav") && !["palette", "close"].includes(one.dataset.key);
    const found = [...document.querySelectorAll("[data-key], [data-palette]")].filter(isAction).filter(shortcuts.isThere);
    return new Map(found.map((one) => [labelOf(one), one]).filter(([label]) => label));
  }

  function addActions() {
    const words = input().value.toLowerCase().split(/\s+/).filter(Boolean);
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-labelledby", "palette-group-0");
    group.innerHTML = '<p class="palette__group" id="palette-group-0">On this page</p>';
    for (const [label, element] of actions()) {
      if (!words.every((word) => label.toLowerCase().includes(word))) continue;
      const line = document.createElement("button");
      Object.assign(line, { type: "button", className: "palette__entry", tabIndex: -1 });
      line.setAttribute("role", "option");
      line.append(Object.assign(document.createElement("span"), { className: "grow truncate", textContent: label }));
      const key = element.querySelector("kbd")?.cloneNode(true);
      key?.classList.remove("chord");
      if (key) line.append(key);
      line.addEventListener("click", () => {
        dialog().close();
        shortcuts.operate(element);
      });
      group.append(line);
    }
    if (group.querySelector("[role=option]")) list().prepend(group);
  }

  function draw(asked) {
    drawn = asked;
    addActions();
    lines().forEach((line, place) => (line.id = `palette-line-${place}`));
    document.getElementById("palette-none").hidden = lines().length > 0;
    mark(lines()[0]);
    if (isTakenNext && drawn === input().value) take();
  }

  function take() {
    isTakenNext = drawn !== input().value;
    if (!isTakenNext) lines().find(isMarked)?.click();
  }

  function open() {
    input().value = "";
    isTakenNext = false;
    list().replaceChildren();
    dialog().showModal();
    draw("");
    htmx.trigger(input(), "palette:opened");
  }

  function step(by) {
    const all = lines();
    mark(all[(all.findIndex(isMarked) + by + all.length) % all.length]);
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target === list()) draw(event.detail.requestConfig.parameters.q ?? "");
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest('[data-key="palette"]') || !dialog()) return;
    event.preventDefault();
    if (!document.querySelector("dialog[open]")) open();
  });

  document.addEventListener("keydown", (event) => {
    if (event.target !== input() || event.isComposing) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (steps[event.key]) step(steps[event.key]);
    else if (event.key === "Enter") take();
    else return;
    event.preventDefault();
  });
})();
