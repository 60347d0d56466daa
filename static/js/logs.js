"use strict";

/* A list of logs says when others have come, and shows them when its reader wants to see them. */

(() => {
  const FIRST_MS = 2000;
  const MOST_MS = 10000;
  let waitMs = FIRST_MS;

  const isFollowing = () => document.querySelector("[data-follow]")?.checked === true;

  async function look() {
    const tail = document.getElementById("log-rows")?.dataset.tail;
    const news = document.getElementById("log-news");
    if (document.hidden || !tail || !isFollowing()) return;
    const before = news.textContent;
    await htmx.ajax("GET", tail, { source: news, target: news, swap: "innerHTML" }).catch(() => {});
    waitMs = news.textContent === before ? Math.min(MOST_MS, waitMs * 1.5) : FIRST_MS;
  }

  async function goOn() {
    await look();
    setTimeout(goOn, waitMs);
  }

  setTimeout(goOn, FIRST_MS);
})();

/* Bars of the histogram that are drawn over with the pointer are the time that is looked at next. */

(() => {
  let brush = null;

  function barAt(event) {
    const { left, width } = brush.picture.getBoundingClientRect();
    const place = Math.floor(((event.clientX - left) / width) * brush.bars.length);
    return Math.min(brush.bars.length - 1, Math.max(0, place));
  }

  function span() {
    return [Math.min(brush.first, brush.last), Math.max(brush.first, brush.last)];
  }

  function mark() {
    const [low, high] = span();
    brush.bars.forEach((bar, place) => bar.classList.toggle("is-brushed", low < high && place >= low && place <= high));
  }

  document.addEventListener("pointerdown", (event) => {
    const picture = event.target.closest(".histogram__picture");
    if (!picture || event.button !== 0) return;
    brush = { picture, bars: [...picture.querySelectorAll("a")] };
    brush.first = brush.last = barAt(event);
  });

  document.addEventListener("pointermove", (event) => {
    if (!brush) return;
    brush.last = barAt(event);
    mark();
  });

  document.addEventListener("pointerup", () => {
    if (!brush) return;
    const [low, high] = span();
    const [begin, end] = [low, high].map((place) => new URL(brush.bars[place].getAttribute("href"), location.href));
    brush = null;
    if (low === high) return; // A click on one bar is its link.
    addEventListener("click", (event) => event.preventDefault(), { capture: true, once: true });
    begin.searchParams.set("to", end.searchParams.get("to"));
    location.assign(begin);
  });

  document.addEventListener("pointercancel", () => {
    if (!brush) return;
    brush.last = brush.first;
    mark();
    brush = null;
  });

  document.addEventListener("dragstart", (event) => {
    if (event.target.closest?.(".histogram__picture")) event.preventDefault();
  });
})();
