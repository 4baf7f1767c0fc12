// The live page. The server sends whole figures, never differences, so showing
// the newest is always right. What can't be reached is said, with the time of
// the last figures known to be good: zero votes must never look like no answer.
"use strict";

const main = document.querySelector("main");
const poll = main.dataset.poll;
const kind = main.dataset.kind;
const maxPoints = Number(main.dataset.max) || 0;
const byID = (id) => document.getElementById(id);
const number = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

let lastGood = new Date(main.dataset.asOf); // when the figures were last known to be good

// Websocket first: then several servers need no sticky sessions. Where a proxy
// lets none through, polling does.
const socket = io({ transports: ["websocket", "polling"], tryAllTransports: true });

socket.on("connect", () => socket.emit("subscribe", { channel: poll }, (answer) => {
  if (answer && answer.error) stale(answer.error.message);
}));
socket.on("tally", (t) => {
  if (t.poll !== poll) return;
  lastGood = new Date(t.as_of);
  show(t); // they come in order; a store that was restored counts from an earlier seq
  fresh();
});
socket.on("stale", (s) => {
  if (s.poll !== poll) return;
  if (s.as_of) lastGood = new Date(s.as_of);
  if (s.stale) stale(`The count can't be reached. These figures are from ${clock.format(lastGood)}.`);
  else fresh();
});
socket.on("gone", () => stale("This poll was deleted."));
socket.on("disconnect", lost);
socket.on("connect_error", lost);
socket.io.on("ping", () => { if (!main.classList.contains("is-stale")) lastGood = new Date(); });

function lost() {
  stale(`The connection is lost. These figures are from ${clock.format(lastGood)}. Trying again…`);
}

function stale(text) {
  main.classList.add("is-stale");
  byID("stale").hidden = false;
  if (byID("stale").textContent !== text) byID("stale").textContent = text; // read aloud once, not at each try
  byID("live").textContent = `Figures from ${clock.format(lastGood)}`;
}

function fresh() {
  main.classList.remove("is-stale");
  byID("stale").hidden = true;
  const dot = document.createElement("span");
  dot.className = "dot";
  byID("live").replaceChildren(dot, "Live");
}

function show(t) {
  if (t.kind !== kind || (t.max || 0) !== maxPoints) return anew(t); // another poll under the same name
  byID("question").textContent = t.question;
  document.title = `${t.question} · result`;
  byID("status").textContent = {
    draft: "This poll has not opened yet.",
    closing: "Voting has ended. The last votes are being counted.",
    closed: "This poll is closed. The figures are final.",
  }[t.status] || "";
  byID("status").hidden = t.status === "open";
  showSchedule(t);
  const total = document.createElement("b");
  total.textContent = number.format(t.total);
  byID("total").replaceChildren(...(t.total === 0 ? ["No votes yet"] : [total, t.total === 1 ? " person has voted" : " people have voted"]));
  if (t.options.length !== byID("bars").children.length) return anew(t); // a draft that opened
  const lines = t.options.map((o) => byID("bars").querySelector(`[data-id="${CSS.escape(o.id)}"]`));
  if (lines.includes(null)) return anew(t); // an option that this page does not know
  if (entries(t) !== Number(byID("history")?.dataset.entries || 0)) anew(t); // what was corrected is told by the page
  t.options.forEach((o, i) => showOption(lines[i], o, t.total));
}

// entries counts what there is to tell of corrections and reopenings.
const entries = (t) => (t.corrections || []).length + (t.reopenings || []).length;

// showSchedule tells when voting opens and closes, as the page itself does.
let told = "";
function showSchedule(t) {
  const over = t.closes_at && new Date(t.closes_at) <= new Date(t.as_of);
  const opens = t.status !== "open" && t.opens_at;
  const closes = !over && (opens || t.status === "open" || t.status === "draft") && t.closes_at;
  const closed = over && t.status !== "draft" && t.closes_at;
  const now = [t.status, opens, closes, closed].join();
  if (now === told) return;
  told = now;
  const line = [];
  if (opens) line.push(t.status === "draft" ? "Voting opens at " : "Voting opens again at ", time(opens));
  if (closes) line.push(opens ? " and closes at " : "Voting closes at ", time(closes));
  if (closed && !opens) line.push("Voting closed at ", time(closed));
  if (opens || closes) line.push(" ", countdown(opens || closes, opens ? "" : "shut"));
  byID("when").replaceChildren(...line);
  byID("when").hidden = line.length === 0;
  document.dispatchEvent(new Event("shown"));
}

function time(at) {
  const e = document.createElement("time");
  e.dateTime = at;
  return e;
}

function countdown(until, then) {
  const e = document.createElement("span");
  e.setAttribute("role", "timer");
  Object.assign(e.dataset, { until, then });
  return e;
}

// The gate shuts on time; that the votes are being counted is told a moment later.
document.addEventListener("shut", () => byID("when").firstChild.replaceWith("Voting closed at "));

// anew loads the page again, because the figures do not fit it: unless they are
// older than the page, and after a moment of chance, so that a room full of
// viewers does not come all at once.
let loading = false;
function anew(t) {
  if (loading || t.seq <= Number(main.dataset.seq)) return;
  loading = true;
  setTimeout(() => location.reload(), 1500 * Math.random());
}

function showOption(line, o, total) {
  const whole = kind === "score" ? total * maxPoints : total;
  const share = whole ? (100 * o.votes) / whole : 0;
  line.querySelector(".label").textContent = o.label;
  line.querySelector(".votes").textContent = number.format(o.votes);
  line.querySelector(".share").textContent = total ? `${share.toFixed(0)} %` : "";
  line.querySelector("rect").setAttribute("width", `${share.toFixed(2)}%`);
}
