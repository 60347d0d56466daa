"use strict";

/* Keys: a button, link or field that carries data-key="name" is clicked, or focused, by the key that the page gives to
   that name; a script takes a name without a button by `shortcuts.on(name, act)`, where `act` answers false when it has
   nothing to do. Off while somebody types. Which keys there are, and whether they are on, is said by the server. */

window.shortcuts = (() => {
  const CHORD_MS = 1500;
  const DECIDING = ["approve", "reject", "flag"];
  const ALWAYS = ["open", "close", "go"];
  const FIELDS = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])";
  const names = JSON.parse(document.body.dataset.keys);
  const acts = new Map();
  const writing = new Set();
  let isLeaving = false;
  let isUndoAsked = false;
  let lead = "";
  let timer = 0;

  const on = (name, act) => acts.set(name, [...(acts.get(name) ?? []), act]);
  const isTyping = (target) => target.closest?.(FIELDS) != null;
  const isThere = (one) => one.checkVisibility() || isInClosedMenu(one);
  const isInClosedMenu = (one) => one.closest("details:not([open])")?.checkVisibility() === true;

  /* What can be operated now: within an open dialog nothing behind it, and the bar of a selection before a record. */
  function elements(name, scope = document.querySelector("dialog[open]") ?? document) {
    const all = [...scope.querySelectorAll(`[data-key="${CSS.escape(name)}"]`)];
    const seen = all.filter((one) => one.checkVisibility());
    const first = seen.filter((one) => one.closest("[data-keys-first]"));
    return [...first.reverse(), ...seen.filter((one) => !first.includes(one)).reverse(), ...all.filter(isInClosedMenu)];
  }

  function operate(element) {
    if (element.matches("[data-advance]")) {
      if (isLeaving) return;
      isLeaving = true;
    }
    if (!element.matches(FIELDS)) return element.click();
    element.focus();
    element.select?.();
  }

  /* While a decision is kept and the next record comes, another one would fall on the same record, or pass one over;
     and what is to be undone is not there yet. */
  function press(name) {
    const [element] = elements(name);
    if (DECIDING.includes(name) && writing.size) return true;
    if (name === "undo" && writing.size) isUndoAsked = true;
    else if (element) operate(element);
    else if (document.querySelector("dialog[open]")) return false;
    else return (acts.get(name) ?? []).some((act) => act() !== false);
    return true;
  }

  function setLead(key) {
    lead = key;
    clearTimeout(timer);
    document.documentElement.toggleAttribute("data-chord", key !== "");
    if (key) timer = setTimeout(setLead, CHORD_MS, "");
  }

  function pressedKey(event) {
    return event.ctrlKey || event.metaKey ? `Control+${event.key}` : event.key;
  }

  /* Of a form that is written in, Ctrl and Enter saves and Esc leaves, be it the form or only the field. */
  function operateForm(event, name) {
    const form = event.target.closest?.("form");
    const [button] = form ? elements(name, form) : [];
    if (button) operate(button);
    else if (name === "close" && isTyping(event.target) && !event.target.closest("dialog")) event.target.closest("[tabindex='-1']")?.focus();
    else return false;
    return true;
  }

  function take(event) {
    const key = pressedKey(event);
    const name = names[lead ? `${lead} ${key}` : key];
    if (["save", "close"].includes(name) && operateForm(event, name)) return true;
    if (name === "palette") return press(name);
    if (event.ctrlKey || event.metaKey || isTyping(event.target)) return false;
    if (name === "open" && event.target.closest?.("a, button, summary, input")) return false;
    if (!lead && Object.keys(names).some((one) => one.startsWith(`${key} `))) {
      setLead(key);
      return true;
    }
    setLead("");
    return name !== undefined && press(name);
  }

  document.addEventListener("keydown", (event) => {
    const isModifier = ["Shift", "Control", "Alt", "Meta"].includes(event.key);
    if (event.defaultPrevented || event.altKey || event.isComposing || isModifier) return;
    const isHeld = event.repeat && !["next", "previous"].includes(names[pressedKey(event)]);
    if (!isTyping(event.target) && isHeld) return;
    if (take(event)) event.preventDefault();
  });

  /* What is asked for into the dialog opens it at once, so that letters typed meanwhile do nothing behind it. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { target } = event.detail;
    if (target.id !== "dialog" || target.open) return;
    target.replaceChildren();
    target.showModal();
  });
  for (const name of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(name, (event) => event.detail.target.id === "dialog" && event.detail.target.close());
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "dialog") event.target.querySelector(".dialog__body").focus();
  });

  /* The keys of the page are those that something behind the list of keys takes. */
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "dialog") return;
    for (const line of event.target.querySelectorAll("[data-page-keys] [data-shortcut]")) {
      const name = line.dataset.shortcut;
      line.hidden = !ALWAYS.includes(name) && !acts.has(name) && !elements(name, document).some((one) => !event.target.contains(one));
    }
    for (const part of event.target.querySelectorAll("[data-page-keys] section")) {
      part.hidden = !part.querySelector("[data-shortcut]:not([hidden])");
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.matches("dialog[open]")) event.target.close(); // The shade around it.
  });

  document.addEventListener("htmx:beforeSend", (event) => {
    const isAsked = !event.detail.elt.matches("[data-unasked]"); // As a lease that is renewed by itself.
    if (isAsked && event.detail.requestConfig.verb !== "get") writing.add(event.detail.xhr);
  });

  /* Who decides goes on with the next, once the decision is kept. */
  function goOn(event) {
    const button = event.detail.requestConfig.triggeringEvent?.submitter;
    if (!button?.matches("[data-advance]")) return;
    const isThere = document.getElementById(button.form.id) !== null; // Or the person went on already.
    const next = event.detail.successful && isThere && elements("next").find((one) => one.matches("[hx-get]"));
    if (next) next.click();
    else isLeaving = false;
  }

  document.addEventListener("htmx:afterRequest", (event) => {
    writing.delete(event.detail.xhr);
    goOn(event);
    if (event.detail.requestConfig.verb === "get" && event.detail.target?.id === "panel") isLeaving = false;
    if (!isUndoAsked || writing.size) return;
    isUndoAsked = false;
    press("undo");
  });

  return { on, press, operate, isThere };
})();
