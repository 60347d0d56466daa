"use strict";

/* A decision is seen at once. If it is refused or does not arrive, what was there comes back, and the reason is told
   by page.js. */

(() => {
  const LABELS = { approved: "Approved", rejected: "Rejected", flagged: "Flagged", new: "New" };
  const pending = new Map();

  /* The records and the status that a request is about, where it decides without a question. */
  function decisionOf(form, sent) {
    if (form.matches("form.decision")) return { ids: [form.id.replace("decision-", "")], status: sent.get("status") };
    const [task, verb] = (sent.get("task") ?? "").split(":");
    if (form.id !== "selection" || task !== "plain" || sent.get("scope") === "all") return null;
    return { ids: sent.getAll("id"), status: verb };
  }

  function draw(badge, status) {
    badge.className = `badge badge--${status} badge--pending`;
    badge.textContent = LABELS[status];
  }

  document.addEventListener("htmx:beforeSend", (event) => {
    const decided = decisionOf(event.target, event.detail.requestConfig.formData);
    if (!decided || LABELS[decided.status] === undefined) return;
    const badges = decided.ids.map((id) => document.getElementById(`status-${id}`));
    if (event.target.matches("form.decision")) badges.push(event.target.querySelector(".badge"));
    const shown = badges.filter(Boolean).map((badge) => [badge, badge.className, badge.textContent]);
    for (const [badge] of shown) draw(badge, decided.status);
    pending.set(event.detail.xhr, shown);
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const shown = pending.get(event.detail.xhr);
    pending.delete(event.detail.xhr);
    if (!shown || event.detail.successful) return;
    for (const [badge, className, text] of shown) Object.assign(badge, { className, textContent: text });
  });
})();
