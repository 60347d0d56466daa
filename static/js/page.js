"use strict";

/* What pages do beyond htmx: copy, dismiss, close menus, and tell of failed requests. Nothing here is needed to read. */

(() => {
  document.documentElement.classList.add("js");

  const COPIED_MS = 1500;

  function toast(text, level, requestId) {
    const told = [...document.querySelectorAll(".toast__text")].some((line) => line.firstChild?.textContent === text);
    if (told) return; // What asks every second would say the same every second.
    const box = document.createElement("div");
    box.className = `toast toast--${level}`;
    if (level === "error") box.setAttribute("role", "alert");
    const line = document.createElement("p");
    line.className = "toast__text";
    line.textContent = text;
    if (requestId) {
      const id = document.createElement("small");
      id.className = "toast__id";
      id.textContent = `Request ${requestId}`;
      line.append(id);
    }
    const dismiss = document.createElement("button");
    dismiss.className = "toast__dismiss";
    dismiss.type = "button";
    dismiss.dataset.dismiss = ".toast";
    dismiss.setAttribute("aria-label", "Dismiss");
    dismiss.textContent = "×";
    box.append(line, dismiss);
    document.getElementById("toasts").append(box);
  }

  function textToCopy(button) {
    if (button.dataset.copy !== undefined) return button.dataset.copy;
    const source = document.getElementById(button.dataset.copyFrom) ?? button.parentElement.querySelector("pre, code");
    return source.value ?? source.textContent;
  }

  async function copy(button) {
    const label = button.querySelector("[data-copy-label]") ?? (button.childElementCount ? null : button);
    try {
      await navigator.clipboard.writeText(textToCopy(button));
    } catch {
      toast("The browser did not allow copying. Select the text and copy it by hand.", "error");
      return;
    }
    if (label) {
      const before = label.textContent;
      label.textContent = "Copied";
      setTimeout(() => (label.textContent = before), COPIED_MS);
    } else {
      toast("Copied.", "success");
    }
  }

  document.addEventListener("click", (event) => {
    const copier = event.target.closest("[data-copy], [data-copy-from], [data-copy-code]");
    if (copier) copy(copier);
    const dismisser = event.target.closest("[data-dismiss]");
    const dismissed = dismisser?.closest(dismisser.dataset.dismiss);
    if (dismissed) {
      event.preventDefault();
      dismissed.remove();
    }
    const chosen = event.target.closest("a.menu__item, button.menu__item");
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target) || menu.contains(chosen)) menu.open = false;
    }
  });

  /* What is written in a menu is written at once, and falls on no key of the page. */
  document.addEventListener("toggle", (event) => event.target.matches("details.menu[open]") && event.target.querySelector("[data-first]")?.focus(), true);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
      event.preventDefault();
    }
  });

  document.addEventListener("say", (event) => toast(event.detail, "info"));

  document.addEventListener("animationend", (event) => {
    if (event.animationName === "toast-leaves") event.target.remove();
  });

  /* The server tells times in its own zone; whoever points at one sees it in theirs. */
  const exact = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "long" });
  document.addEventListener("pointerover", (event) => {
    const time = event.target.closest?.("time[datetime]");
    if (time) time.title = exact.format(new Date(time.dateTime));
  });

  /* One line as long as the server is away, whoever asks, and a word when it is back: the dock
     goes on asking. */
  const AWAY = "The server cannot be reached. What you typed is kept; go on when it is back.";
  const UNSURE = "The server did not answer, so it is not known whether this was saved. What you typed is kept; try again when it is back.";
  const lineOf = (text) => [...document.querySelectorAll(".toast__text")].find((line) => line.textContent === text);

  const SLOW = "The server takes its time. Nothing is lost; this goes on by itself.";
  const SLOW_MS = 8000;
  const waiting = new Map();

  function answered(xhr) {
    clearTimeout(waiting.get(xhr));
    waiting.delete(xhr);
    if (!waiting.size) lineOf(SLOW)?.closest(".toast").remove();
  }

  document.addEventListener("htmx:beforeSend", (event) => {
    const { xhr, elt } = event.detail;
    const asksOften = elt.getAttribute("hx-trigger")?.includes("every");
    if (!asksOften) waiting.set(xhr, setTimeout(toast, SLOW_MS, SLOW, "info"));
  });
  document.addEventListener("htmx:afterRequest", (event) => answered(event.detail.xhr));

  function away(event) {
    toast(event.detail.requestConfig.verb === "get" ? AWAY : UNSURE, "error");
  }

  document.addEventListener("htmx:sendError", away);
  document.addEventListener("htmx:timeout", away);
  document.addEventListener("htmx:afterRequest", (event) => {
    const line = lineOf(AWAY) ?? lineOf(UNSURE);
    if (!event.detail.xhr.status || !line) return;
    line.closest(".toast").remove();
    toast("The server is back.", "success");
  });

  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    const sentence = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html").querySelector("[role=alert]");
    toast(sentence?.textContent.trim() || `The server answered ${status}. Load the page again.`, "error", event.detail.xhr.getResponseHeader("X-Request-ID"));
  });
})();
