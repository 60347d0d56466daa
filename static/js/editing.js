"use strict";

/* Editors: what is typed is kept in this browser as a draft until it is saved or discarded. Without this script the
   forms work as they are. */

(() => {
  const DRAFT = "winnow-draft:";
  const SAVING = "winnow-saving";
  const KEEP_MS = 200;
  const HOLDING = "input[name]:not([type=hidden], [type=checkbox]), textarea[name], select[name]";
  const timers = new WeakMap();

  const editors = () => [...document.querySelectorAll("form[data-editor]")];
  const keyOf = (form) => DRAFT + form.dataset.editor;
  const fieldsOf = (form) => [...form.querySelectorAll(HOLDING)];
  const valuesOf = (form) => fieldsOf(form).map((field) => [field.name, field.value]);
  const allOf = (form) => [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  const isDirty = (form) => form.isConnected && form.dataset.began !== JSON.stringify(valuesOf(form));

  function load(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function keep(form) {
    if (!form.isConnected) return;
    if (!isDirty(form)) return drop(form);
    const version = form.elements.version.value;
    const mark = form.elements.mark?.value ?? "";
    try {
      localStorage.setItem(keyOf(form), JSON.stringify({ version, mark, values: valuesOf(form), fields: allOf(form) }));
      document.dispatchEvent(new Event("drafts-changed"));
    } catch {
      form.dataset.undrafted = "true"; // The store is full or closed; leaving warns all the same.
    }
  }

  function drop(form) {
    localStorage.removeItem(keyOf(form));
    showDrafts();
    document.dispatchEvent(new Event("drafts-changed"));
  }

  function addRow(form) {
    const rows = form.querySelector("[data-rows]");
    const row = rows.lastElementChild.cloneNode(true);
    for (const field of row.querySelectorAll("input, textarea")) field.value = "";
    rows.append(row);
    return row;
  }

  function restore(form, draft) {
    const missing = draft.values.filter(([name]) => name === "key").length - form.querySelectorAll("[name=key]").length;
    for (let added = 0; added < missing; added += 1) addRow(form);
    const fields = fieldsOf(form);
    if (draft.values.length !== fields.length) return false;
    fields.forEach((field, place) => (field.value = draft.values[place][1]));
    form.elements.version.value = draft.version; // What was seen then, so that a clash is noticed.
    if (form.elements.mark) form.elements.mark.value = draft.mark;
    return true;
  }

  function begin(form) {
    if (form.dataset.began !== undefined) return;
    form.dataset.began = JSON.stringify(valuesOf(form));
    const isRefused = form.querySelector("[role=alert]") !== null;
    const draft = load(keyOf(form));
    if (isRefused) form.dataset.began = "";
    else if (draft && restore(form, draft)) form.querySelector("[data-draft-told]").hidden = false;
    const first = form.querySelector("[data-first]") ?? form.querySelector(HOLDING);
    first?.focus();
    form.scrollIntoView({ block: "nearest" });
  }

  function close(form) {
    const opener = [...document.querySelectorAll("[data-edit]")].find((link) => new URL(link.href).pathname === form.dataset.editor);
    form.dataset.began = JSON.stringify(valuesOf(form));
    form.remove();
    showDrafts();
    opener?.focus();
  }

  function cancel(form) {
    clearTimeout(timers.get(form));
    keep(form);
    close(form);
  }

  /* Whoever left an editor with something in it sees where. */
  function showDrafts() {
    for (const link of document.querySelectorAll("[data-edit]")) {
      const has = localStorage.getItem(DRAFT + new URL(link.href).pathname) !== null;
      link.querySelector(".has-draft")?.remove();
      if (!has) continue;
      const mark = document.createElement("span");
      mark.className = "has-draft";
      mark.textContent = "draft";
      link.append(" ", mark);
    }
  }

  function beginAll() {
    editors().forEach(begin);
    showDrafts();
  }

  function updateRow({ id, preview, turns, tokens }) {
    const row = document.getElementById(`row-${id}`);
    if (!row) return;
    row.querySelector(".grid__link").textContent = preview || "(no text)";
    for (const [name, value] of Object.entries({ turns, tokens })) {
      const cell = row.querySelector(`.grid__${name}`);
      if (cell) cell.textContent = value;
    }
  }

  function openers() {
    return [...document.querySelectorAll("[data-edit-content]")].filter((link) => link.checkVisibility());
  }

  function editNearest() {
    const hand = document.activeElement?.closest(".turn") ?? document.querySelector(".turn:hover");
    const focused = hand?.querySelector("[data-edit-content]");
    const top = document.querySelector("#panel .reader__head")?.getBoundingClientRect().bottom ?? 0;
    const seen = openers().find((link) => (link.closest(".turn") ?? link).getBoundingClientRect().bottom > top + 24);
    (focused ?? seen)?.click();
    return (focused ?? seen) !== undefined;
  }

  function moveBetweenTurns(step) {
    const links = openers();
    const at = links.findIndex((link) => link.closest(".turn")?.contains(document.activeElement));
    const link = links[Math.min(links.length - 1, Math.max(0, at + step))];
    link?.focus();
    link?.closest(".turn")?.scrollIntoView({ block: "nearest" });
    return link !== undefined;
  }

  shortcuts.on("edit", editNearest);
  shortcuts.on("next-turn", () => moveBetweenTurns(1));
  shortcuts.on("previous-turn", () => moveBetweenTurns(-1));

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-editor]");
    if (!form) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(keep, KEEP_MS, form));
  });

  document.addEventListener("click", (event) => {
    const form = event.target.closest("form[data-editor]");
    if (!form) return;
    if (event.target.closest("[data-cancel]") && form.hasAttribute("hx-post")) {
      event.preventDefault();
      cancel(form);
    } else if (event.target.closest("[data-take-theirs]")) {
      form.dataset.began = JSON.stringify(valuesOf(form));
      drop(form);
    } else if (event.target.closest("[data-drop-draft]")) {
      drop(form);
      form.dataset.began = JSON.stringify(valuesOf(form));
      if (form.hasAttribute("hx-post")) close(form);
      else location.reload();
    } else if (event.target.closest("[data-add-row]")) {
      addRow(form).querySelector("[name=key]").focus();
    }
  });

  /* Where the cursor is, in characters and not in units of UTF-16. */
  function noteCursor(form) {
    const texts = [...form.querySelectorAll("[name=text]")];
    const text = texts.find((one) => one === form.lastText) ?? texts[0];
    form.elements.split_text.value = texts.indexOf(text);
    form.elements.split_at.value = [...text.value.slice(0, text.selectionStart)].length;
  }

  document.addEventListener("focusin", (event) => {
    if (event.target.matches("form[data-editor] [name=text]")) event.target.form.lastText = event.target;
  });

  document.addEventListener(
    "click",
    (event) => {
      const splitter = event.target.closest("[data-split]");
      if (splitter) noteCursor(splitter.form);
    },
    true,
  );

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-editor]")) return;
    clearTimeout(timers.get(form));
    keep(form);
    if (form.hasAttribute("hx-post")) return;
    sessionStorage.setItem(SAVING, keyOf(form));
    form.dataset.began = JSON.stringify(valuesOf(form));
  });

  /* One editor of each thing at a time: asked for again, the one that is there is looked at. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const asked = event.detail.requestConfig;
    if (event.target.matches("form[data-editor]")) return;
    const path = new URL(asked.path, location.href).pathname;
    const there = editors().find((form) => form.dataset.editor === path && asked.verb === "get");
    if (there) {
      event.preventDefault();
      there.querySelector("[data-first]")?.focus();
      return;
    }
    const isLost = editors().some((form) => isDirty(form) && event.detail.target?.contains(form));
    if (isLost && !confirm("Leave with unsaved changes? They are kept in this browser as a draft.")) event.preventDefault();
  });

  document.addEventListener("record:saved", (event) => {
    updateRow(event.detail);
    const place = document.getElementById(event.detail.place);
    (place?.querySelector("[data-edit-content]") ?? place)?.focus({ preventScroll: true });
    place?.scrollIntoView({ block: "nearest" });
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig?.elt;
    if (!form?.matches?.("form[data-editor]") || event.detail.xhr.status !== 200) return;
    clearTimeout(timers.get(form));
    form.dataset.began = JSON.stringify(valuesOf(form));
    localStorage.removeItem(keyOf(form));
    document.dispatchEvent(new Event("drafts-changed"));
  });

  /* Kept instead of saved: see session.js. */
  document.addEventListener("editor:keep", (event) => cancel(event.target));

  document.addEventListener("htmx:load", beginAll);

  window.addEventListener("beforeunload", (event) => {
    const dirty = editors().filter(isDirty);
    dirty.forEach(keep);
    if (dirty.length) event.preventDefault();
  });

  window.addEventListener("storage", showDrafts);

  const saving = sessionStorage.getItem(SAVING);
  sessionStorage.removeItem(SAVING);
  if (saving && !editors().some((form) => keyOf(form) === saving)) localStorage.removeItem(saving);
  beginAll();
})();
