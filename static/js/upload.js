"use strict";

/* The drop zone of a form with `data-upload`: takes a drop anywhere on the page, says what was chosen, refuses at once
   what the server would refuse, and shows how far the upload is. Without this script the form works as it is. */

(() => {
  const STEADY_MS = 1500;
  const UNITS = ["bytes", "KB", "MB", "GB", "TB"];
  let began = 0;

  const form = () => document.querySelector("form[data-upload]");
  const part = (name) => form().querySelector(`[data-upload-${name}]`);
  const input = () => form().querySelector('input[type="file"]');
  const isOurs = (event) => event.target instanceof Element && event.target.matches("form[data-upload]");

  function sizeOf(bytes) {
    const step = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
    const value = bytes / 1024 ** step;
    return `${step && value < 100 ? value.toFixed(1) : Math.round(value)} ${UNITS[step]}`;
  }

  function timeLeft(seconds) {
    if (seconds < 5) return "a few seconds left";
    if (seconds < 60) return `about ${Math.round(seconds / 5) * 5} s left`;
    if (seconds < 3600) return `about ${Math.round(seconds / 60)} min left`;
    return `about ${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min left`;
  }

  function refusalOf(file) {
    if (!file.size) return "The file is empty. Choose one with content.";
    if (file.size > Number(form().dataset.limit)) {
      return `The file has ${sizeOf(file.size)}; the limit is ${form().dataset.limitText}. Split it and upload the parts.`;
    }
    return "";
  }

  function complain(sentence) {
    part("error").textContent = sentence;
    input().setCustomValidity(sentence);
  }

  function showChosen() {
    const [file] = input().files;
    complain(file ? refusalOf(file) : "");
    if (!file) return;
    part("name").textContent = file.name;
    part("size").textContent = sizeOf(file.size);
    form().classList.add("upload--chosen");
    for (const radio of form().querySelectorAll('input[type="radio"][name="file"]')) radio.checked = false;
    if (form().dataset.uploadAtOnce !== undefined && form().checkValidity()) form().requestSubmit();
  }

  function holdsFiles(event) {
    return Boolean(form()) && [...(event.dataTransfer?.types ?? [])].includes("Files");
  }

  function hover(isOver) {
    form()?.querySelector("[data-dropzone]").classList.toggle("dropzone--over", isOver);
  }

  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    hover(true);
  });

  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) hover(false);
  });

  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    hover(false);
    if (event.dataTransfer.files.length !== 1) {
      complain("Drop one file at a time.");
      return;
    }
    input().files = event.dataTransfer.files;
    showChosen();
    part("submit").focus();
  });

  document.addEventListener("change", (event) => {
    if (!form() || !form().contains(event.target)) return;
    if (event.target === input()) showChosen();
    else if (event.target.name === "file") {
      input().value = "";
      complain("");
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-upload-stop]")) htmx.trigger(form(), "htmx:abort");
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isOurs(event) || !input().files.length) return;
    began = performance.now();
    part("progress").hidden = false;
    part("submit").disabled = true;
  });

  document.addEventListener("htmx:xhr:progress", (event) => {
    if (!isOurs(event) || !event.detail.lengthComputable || !input().files.length) return;
    const { loaded, total } = event.detail;
    const percent = Math.floor((loaded / total) * 100);
    const elapsed = performance.now() - began;
    const bar = part("progress").querySelector("progress");
    bar.value = percent;
    bar.setAttribute("aria-valuenow", percent);
    const parts = [`${sizeOf(loaded)} of ${sizeOf(total)}`, `${percent}%`];
    if (loaded < total && elapsed > STEADY_MS) parts.push(timeLeft(((elapsed / loaded) * (total - loaded)) / 1000));
    part("text").textContent = loaded < total ? parts.join(" · ") : "Uploaded; the server is storing it.";
    document.title = document.title.replace(/^(\d+% · )?/, loaded < total ? `${percent}% · ` : "");
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isOurs(event) || !event.target.isConnected || event.detail.successful) return;
    document.title = document.title.replace(/^\d+% · /, "");
    part("progress").hidden = true;
    part("submit").disabled = false;
  });
})();
