// What plain HTML can't do: show how far an upload is, take a dropped file, and drive two videos with one button.
"use strict";

function sizeInWords(bytes) {
  const units = ["bytes", "KB", "MB", "GB"];
  let step = 0;
  while (bytes >= 1024 && step < units.length - 1) { bytes /= 1024; step += 1; }
  return `${bytes.toFixed(step > 1 ? 1 : 0)} ${units[step]}`;
}

// Uploads. The form works without this; with it, the bytes are counted while they go.
function showUpload(form, fraction, words) {
  const box = form.querySelector(".upload");
  box.classList.add("going");
  box.querySelector("progress").value = fraction;
  box.querySelector("output").textContent = words;
}

function tooLarge(form) {
  const limit = Number(form.dataset.limit || 0);
  const total = [...form.querySelectorAll("input[type=file]")].flatMap((i) => [...i.files]).reduce((n, f) => n + f.size, 0);
  if (!limit || total <= limit) return false;
  showUpload(form, 0, `This file is ${sizeInWords(total)}; the limit here is ${sizeInWords(limit)}. Nothing was sent.`);
  return true;
}

function showAnswer(request) {
  const answer = new DOMParser().parseFromString(request.responseText, "text/html");
  const main = answer.querySelector("main");
  if (!main) { location.reload(); return; }
  document.querySelector("main").replaceWith(main);
  document.title = answer.title;
  prepare(main);
  main.focus();
  window.scrollTo(0, 0);
}

function send(form) {
  if (tooLarge(form)) return;
  const request = new XMLHttpRequest();
  const buttons = form.querySelectorAll("button");
  const words = (event) => `${sizeInWords(event.loaded)} of ${sizeInWords(event.total)} sent`;
  request.upload.addEventListener("progress", (event) => showUpload(form, event.loaded / event.total, words(event)));
  request.upload.addEventListener("load", () => showUpload(form, 1, form.dataset.after || "Sent. One moment …"));
  request.addEventListener("load", () => {
    const moved = request.responseURL.split("#")[0] !== new URL(form.action).href.split("#")[0];
    if (request.status < 400 && moved) location.assign(request.responseURL);
    else showAnswer(request);
  });
  request.addEventListener("error", () => {
    buttons.forEach((button) => { button.disabled = false; });
    showUpload(form, 0, "The upload broke off. Check the connection and send it again.");
  });
  const body = new FormData(form);
  buttons.forEach((button) => { button.disabled = true; });
  request.open("POST", form.action);
  request.send(body);
}

function prepareUpload(form) {
  form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
  const input = form.querySelector("input[type=file]");
  if (!form.hasAttribute("data-drop")) return;
  const zone = form.querySelector(".drop");
  const lit = (on) => (event) => { event.preventDefault(); zone.classList.toggle("over", on); };
  zone.addEventListener("dragover", lit(true));
  zone.addEventListener("dragleave", lit(false));
  zone.addEventListener("drop", (event) => {
    lit(false)(event);
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    send(form);
  });
}

// Before and after: one video leads, the other follows; one button and one slider for both.
function prepareDeck(deck) {
  const videos = [...document.querySelectorAll(deck.dataset.videos)];
  const lead = document.querySelector(deck.dataset.lead);
  const rest = videos.filter((video) => video !== lead);
  const button = deck.querySelector("button");
  const slider = deck.querySelector("input");
  const clock = deck.querySelector("output");
  const show = () => {
    button.textContent = lead.paused ? "Play both" : "Pause both";
    slider.value = lead.duration ? lead.currentTime / lead.duration : 0;
    clock.textContent = `${lead.currentTime.toFixed(1)} s`;
  };
  const follow = () => {
    rest.forEach((video) => { if (Math.abs(video.currentTime - lead.currentTime) > 0.08) video.currentTime = lead.currentTime; });
    show();
    if (!lead.paused) requestAnimationFrame(follow);
  };
  videos.forEach((video) => { video.controls = false; });
  rest.forEach((video) => { video.muted = true; });
  button.addEventListener("click", () => {
    const playing = !lead.paused;
    videos.forEach((video) => { if (playing) video.pause(); else video.play().catch(() => {}); });
  });
  slider.addEventListener("input", () => {
    videos.forEach((video) => { video.currentTime = slider.value * (lead.duration || 0); });
    show();
  });
  lead.addEventListener("play", follow);
  ["pause", "ended", "loadedmetadata"].forEach((name) => lead.addEventListener(name, show));
  lead.addEventListener("ended", () => rest.forEach((video) => video.pause()));
  deck.hidden = false;
  show();
}

function prepare(root) {
  root.querySelectorAll("form[data-upload]").forEach(prepareUpload);
  root.querySelectorAll(".deck").forEach(prepareDeck);
}

prepare(document);
