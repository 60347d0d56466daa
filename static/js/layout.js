"use strict";

/* How wide the columns and the parts of a page are, which parts are folded away, and how dense rows are: kept in this
   browser, and applied before anything is drawn, which is why this script is not deferred. */

(() => {
  const STORE = "winnow-layout";
  const STEP = 16;
  const LEAST = { rail: 160, panel: 320 };
  const LEAST_COLUMN = 48;
  const MOST = 2000;
  const NAME = /^[a-z]+(\/[\w-]+)?$/;
  const PARTS = { rail: "#facet-rail", panel: "#panel" };

  const root = document.documentElement;
  const sheet = new CSSStyleSheet();
  const layout = { density: "normal", folded: [], widths: {}, ...load() };
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  function load() {
    try {
      return JSON.parse(localStorage.getItem(STORE)) ?? {};
    } catch {
      return {};
    }
  }

  function keep() {
    try {
      localStorage.setItem(STORE, JSON.stringify(layout));
    } catch {
      root.dataset.unkept = "true"; // The store is full or closed; the page is as wide as it was made all the same.
    }
  }

  function rule([name, width]) {
    if (!NAME.test(name) || !Number.isFinite(width)) return "";
    const [part, column] = name.split("/");
    return column ? `.grid[data-grid="${part}"] .${column} { --w: ${width}px; }` : `:root { --${part}: ${width}px; }`;
  }

  function apply() {
    root.dataset.density = layout.density === "compact" ? "compact" : "normal";
    root.dataset.folded = layout.folded.join(" ");
    sheet.replaceSync(Object.entries(layout.widths).map(rule).join("\n"));
  }

  /* Columns are named by their list and class, parts of the page by themselves. */
  function nameOf(edge) {
    if (edge.dataset.edge) return edge.dataset.edge;
    const css = [...edge.parentElement.classList].filter((one) => one.startsWith("grid__")).at(-1);
    return `${edge.closest(".grid").dataset.grid}/${css}`;
  }

  function measured(edge) {
    const box = edge.dataset.edge ? document.querySelector(PARTS[edge.dataset.edge]) : edge.parentElement;
    return Math.round(box?.getBoundingClientRect().width ?? 0);
  }

  function say(edge) {
    edge.setAttribute("aria-valuemin", LEAST[edge.dataset.edge] ?? LEAST_COLUMN);
    edge.setAttribute("aria-valuemax", MOST);
    edge.setAttribute("aria-valuenow", measured(edge));
  }

  function widen(edge, width) {
    const least = LEAST[edge.dataset.edge] ?? LEAST_COLUMN;
    layout.widths[nameOf(edge)] = Math.min(Math.max(Math.round(width), least), MOST);
    apply();
    say(edge);
  }

  function reset(edge) {
    delete layout.widths[nameOf(edge)];
    apply();
    keep();
    say(edge);
  }

  /* Of the panel the left edge is drawn, of all else the right one. */
  const sign = (edge) => (edge.dataset.edge === "panel" ? -1 : 1);

  function drag(edge, event) {
    const [from, width] = [event.clientX, measured(edge)];
    const move = (moved) => widen(edge, width + sign(edge) * (moved.clientX - from));
    edge.setPointerCapture(event.pointerId);
    edge.addEventListener("pointermove", move);
    edge.addEventListener(
      "lostpointercapture",
      () => {
        edge.removeEventListener("pointermove", move);
        keep();
      },
      { once: true },
    );
  }

  function addEdge(head) {
    const edge = document.createElement("span");
    edge.className = "grid__edge";
    edge.tabIndex = 0;
    edge.setAttribute("role", "separator");
    edge.setAttribute("aria-orientation", "vertical");
    edge.setAttribute("aria-label", `Width of ${head.textContent.trim()}`);
    edge.title = "Drag, or press ← and →; twice for the usual width";
    head.append(edge);
  }

  function draw() {
    for (const head of document.querySelectorAll(".grid[data-grid] thead th:not(.grid__preview, :has(.grid__edge))")) addEdge(head);
    document.querySelectorAll("[data-edge], .grid__edge").forEach(say);
    for (const button of document.querySelectorAll("[data-switch-density]")) {
      button.setAttribute("aria-pressed", String(layout.density === "compact"));
    }
    for (const button of document.querySelectorAll("[data-fold]")) {
      button.setAttribute("aria-expanded", String(!layout.folded.includes(button.dataset.fold)));
    }
  }

  const edgeOf = (event) => event.target.closest?.("[data-edge], .grid__edge");

  document.addEventListener("pointerdown", (event) => {
    const edge = edgeOf(event);
    if (!edge || event.button !== 0) return;
    event.preventDefault();
    drag(edge, event);
  });

  document.addEventListener("dblclick", (event) => {
    const edge = edgeOf(event);
    if (edge) reset(edge);
  });

  document.addEventListener("keydown", (event) => {
    const edge = edgeOf(event);
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (!edge || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Home") reset(edge);
    else if (step) {
      widen(edge, measured(edge) + sign(edge) * step);
      keep();
    } else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const folder = event.target.closest("[data-fold]");
    if (folder) {
      const part = folder.dataset.fold;
      layout.folded = layout.folded.includes(part) ? layout.folded.filter((one) => one !== part) : [...layout.folded, part];
    } else if (event.target.closest("[data-switch-density]")) {
      layout.density = layout.density === "compact" ? "normal" : "compact";
    } else return;
    apply();
    keep();
    draw();
  });

  document.addEventListener("htmx:afterSwap", draw);
  document.addEventListener("DOMContentLoaded", draw);
  apply();
})();
