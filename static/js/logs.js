"use strict";

/* A list of logs that follows what comes in: asks every few seconds while its box is ticked and somebody can see it. */

(() => {
  const EVERY_MS = 3000;
  let isAsking = false;

  const rows = () => document.getElementById("log-rows");
  const isFollowing = () => document.querySelector("[data-follow]")?.checked === true;

  async function look() {
    const target = rows();
    if (isAsking || document.hidden || !isFollowing() || !target?.dataset.tail) return;
    isAsking = true;
    const focused = document.activeElement?.id;
    try {
      await htmx.ajax("GET", target.dataset.tail, { target: "#log-rows", swap: "outerHTML" });
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    } finally {
      isAsking = false;
    }
  }

  setInterval(look, EVERY_MS);
})();
