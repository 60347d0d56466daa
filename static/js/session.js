"use strict";

/* Edits that are collected in this browser and saved together: the bar counts what the editors keep as drafts, and
   sends it to be reviewed. While edits are collected, saving in an editor keeps its draft. */

(() => {
  const DRAFT = "winnow-draft:";
  const MODE = "winnow-collecting";

  const bar = () => document.getElementById("session");
  const isOn = () => localStorage.getItem(MODE) === "on";

  function read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  /* Those of this dataset that can be sent; in the order of their records and turns. */
  function collected() {
    const start = DRAFT + bar().dataset.records;
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(start));
    const drafts = keys.map((key) => ({ path: key.slice(DRAFT.length), fields: read(key)?.fields }));
    return drafts.filter((draft) => draft.fields).sort((one, other) => one.path.localeCompare(other.path, "en", { numeric: true }));
  }

  const recordOf = (path) => path.slice(bar().dataset.records.length).split("/")[0];
  const counted = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;

  function draw() {
    if (!bar()) return;
    const edits = collected();
    const records = new Set(edits.map((edit) => recordOf(edit.path)));
    bar().hidden = !isOn() && edits.length === 0;
    const told = edits.length ? `${counted(edits.length, "edit")} in ${counted(records.size, "record")}, not saved` : "Edits are collected here and saved together; none yet";
    const line = bar().querySelector("[data-session-state]");
    if (line.textContent !== told) line.textContent = told;
    for (const button of bar().querySelectorAll("[data-session-review], [data-session-drop]")) button.hidden = edits.length === 0;
    bar().querySelector("[data-session-switch]").hidden = !isOn();
    const label = document.querySelector("[data-session-label]");
    if (label) label.textContent = isOn() ? "Save each edit at once" : "Collect edits, save them together";
    for (const row of document.querySelectorAll(".grid tbody tr")) row.classList.toggle("has-edits", records.has(row.dataset.record));
  }

  function drop(paths) {
    for (const path of paths) localStorage.removeItem(DRAFT + path);
    window.dispatchEvent(new StorageEvent("storage"));
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-session-switch]")) {
      localStorage.setItem(MODE, isOn() ? "off" : "on");
      draw();
    } else if (event.target.closest("[data-session-drop]")) {
      const edits = collected();
      if (confirm(`Discard ${counted(edits.length, "edit")} that nobody saved? This cannot be undone.`)) drop(edits.map((edit) => edit.path));
      draw();
    }
  });

  document.addEventListener("submit", (event) => {
    if (event.target !== bar()) return;
    for (const form of document.querySelectorAll("form[data-editor]")) form.dispatchEvent(new Event("editor:keep", { bubbles: true }));
    bar().elements.edits.value = JSON.stringify(collected());
  });

  document.addEventListener(
    "submit",
    (event) => {
      const isSave = event.submitter?.name !== "do";
      const form = event.target;
      if (!isOn() || !bar() || !isSave || !form.matches("form[data-editor][hx-post]") || form.querySelector("[data-take-theirs]")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      form.dispatchEvent(new Event("editor:keep", { bubbles: true }));
    },
    true,
  );

  for (const saved of document.querySelectorAll("[data-session-saved]")) drop(saved.dataset.sessionSaved.split(" ").filter(Boolean));
  for (const name of ["drafts-changed", "htmx:load"]) document.addEventListener(name, draw);
  window.addEventListener("storage", draw);
  draw();
})();
