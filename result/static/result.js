// The live page. The server sends whole figures, never differences, so showing
// the newest is always right. What can't be reached is said, with the time of
// the last figures known to be good: zero votes must never look like no answer.
"use strict";

const main = document.querySelector("main");
const poll = main.dataset.poll;
const kind = main.dataset.kind;
const least = Number(main.dataset.min);
const most = Number(main.dataset.max);
const shown = Number(main.dataset.most); // so many options have room here
const byID = (id) => document.getElementById(id);
const number = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

let lastGood = new Date(main.dataset.asOf); // when the figures were last known to be good

// Websocket first: then several servers need no sticky sessions. Where a proxy
// lets none through, polling does. Some answer nothing at all, which is no error:
// then polling begins, with time enough for a slow network, and goes on with a
// websocket as soon as one opens.
const socket = io({ transports: ["websocket", "polling"], tryAllTransports: true, timeout: 4000, reconnectionDelay: 500 });
socket.io.on("error", (e) => {
  if (e.message !== "timeout") return;
  socket.io.opts.transports = ["polling", "websocket"];
  socket.io.timeout(20000);
});

const pass = main.dataset.pass || ""; // shows that this viewer has voted
function subscribe() {
  const room = main.dataset.room === "true"; // sees no more than a room may, whoever opened the page
  socket.emit("subscribe", { channel: poll, pass, room }, (answer) => {
    if (answer && answer.error) stale(answer.error.message);
  });
}
socket.on("connect", subscribe);
socket.on("tally", (t) => {
  if (t.poll !== poll) return;
  lastGood = new Date(t.as_of);
  show(t); // they come in order; a store that was restored counts from an earlier seq
  fresh();
});
socket.on("stale", (s) => {
  if (s.poll !== poll) return;
  if (s.as_of) lastGood = new Date(s.as_of);
  if (s.stale) stale(words("result.script.stale", { Time: clock.format(lastGood) }));
  else fresh();
});
socket.on("gone", () => {
  takesVotes(false);
  stale(words("result.script.deleted"));
});
socket.on("disconnect", lost);
socket.on("connect_error", lost);
socket.io.on("ping", () => { if (!main.classList.contains("is-stale")) lastGood = new Date(); });

function lost() {
  stale(words("result.script.lost", { Time: clock.format(lastGood) }));
}

function stale(text) {
  main.classList.add("is-stale");
  byID("stale").hidden = false;
  if (byID("stale").textContent !== text) byID("stale").textContent = text; // read aloud once, not at each try
  byID("live").textContent = words("result.as_of", { Time: clock.format(lastGood) });
}

function fresh() {
  main.classList.remove("is-stale");
  byID("stale").hidden = true;
  const dot = document.createElement("span");
  dot.className = "dot";
  byID("live").replaceChildren(dot, words("result.live"));
}

// takesVotes shows what leads to a vote while votes are taken.
function takesVotes(open) {
  for (const e of document.querySelectorAll(".while-open")) e.hidden = !open;
}

function show(t) {
  if (Boolean(t.hidden) !== (main.dataset.hidden === "true")) return otherSight(t);
  if (t.kind !== kind || (t.min || 0) !== least || (t.max || 0) !== most) return anew(t); // another poll under the same name
  byID("question").textContent = t.question;
  document.title = words("result.title", { Question: t.question });
  byID("status").textContent = t.status === "open" ? "" : words(`result.status.${t.status}`);
  byID("status").hidden = t.status === "open";
  takesVotes(t.status === "open");
  showSchedule(t);
  if (t.hidden && t.total === undefined) return; // nothing is told
  const total = document.createElement("b");
  total.textContent = number.format(t.total);
  byID("total").replaceChildren(...(t.total === 0 ? sentence("result.turnout.none") : sentence("result.turnout", { Count: t.total, Number: total })));
  byID("invalid").textContent = some("result.invalid", t.invalid);
  byID("abstained").textContent = some("result.abstained", t.abstained);
  if (t.hidden) return;
  if (t.options.length !== byID("bars").children.length) return anew(t); // a draft that opened
  const lines = t.options.map(lineOf);
  if (lines.includes(null)) return anew(t); // an option that this page does not know
  if (entries(t) !== toldEntries()) askHistory();
  const choosers = t.total - (t.abstained || 0); // all percentages are of them
  const shares = percents(t.options.map((o) => o.votes), choosers, kind !== "multiple");
  t.options.forEach((o, i) => showOption(lines[i], o, choosers, shares[i]));
  arrange(t.options);
  askPart(t);
}

// otherSight is for results that are shown where the page hides them, or the other way
// round. What a pass shows the server may not have known yet when it was asked.
let again = pass !== "";
function otherSight(t) {
  if (t.hidden && again) subscribe();
  else anew(t);
  again = false;
}

function some(code, n) {
  return n ? " " + words(code, { Count: n, Number: number.format(n) }) : "";
}

// arrange keeps the options in the order in which the page came: by the mean in
// a score poll, the leading ones first where not all are shown. What is in order
// is not touched: a screen reader stays where it is.
function arrange(options) {
  const order = [...options];
  if (kind === "score") order.sort((a, b) => a.place - b.place); // stable, as all sorting here
  else if (options.length > shown) order.sort((a, b) => b.votes - a.votes);
  else return;
  const list = byID("bars");
  order.forEach((o, i) => {
    const line = lineOf(o);
    if (list.children[i] !== line) list.insertBefore(line, list.children[i]);
    line.hidden = i >= shown;
  });
}

function lineOf(o) {
  return byID("bars").querySelector(`[data-id="${CSS.escape(o.id)}"]`);
}

// entries counts what there is to tell of corrections and reopenings.
const entries = (t) => (t.corrections || []).length + (t.reopenings || []).length;
const toldEntries = () => {
  const list = document.querySelector(".history");
  return list ? Number(list.dataset.entries) : 0;
};

// askHistory takes over what the server's page says of that, so that the words
// stand in one place; after a random moment, so that a room full of viewers does
// not ask all at once.
let asking = false;
function askHistory() {
  if (asking) return;
  asking = true;
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [now, next] = [document.querySelector(".history"), page.querySelector(".history")];
      if (now) now.remove();
      if (next) byID("live").before(next);
      document.dispatchEvent(new Event("shown"));
    } catch (_) {
      // asked again with the next figures
    }
    asking = false;
  }, 1500 * Math.random());
}

// askPart takes over what the poll's rule makes of the ballots: from the server, as it is
// on the page itself. Many viewers see new figures at once, so each asks at a random
// moment, a pause from now on average, and the server says how long the next pause is.
const part = byID("winners").dataset;
let newest = null; // the newest figures seen
let waiting = false;
function askPart(t) {
  newest = t;
  if (waiting || document.hidden || Number(part.seq) >= t.seq && part.status === t.status) return;
  waiting = true;
  setTimeout(async () => {
    try {
      const url = new URL(location.href);
      url.searchParams.set("part", "count");
      const answer = await fetch(url, { cache: "no-cache" });
      if (!answer.ok) throw new Error(answer.statusText);
      takePart(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch (_) {
      // asked again with the next figures
      waiting = false;
      return;
    }
    waiting = false;
    askPart(newest);
  }, Number(part.pause) * 1000 * (0.5 + Math.random()));
}
document.addEventListener("visibilitychange", () => newest && askPart(newest));

function takePart(page) {
  const next = page.getElementById("winners").dataset;
  if (next.withdrawn !== part.withdrawn) location.reload();
  Object.assign(part, next);
  for (const id of ["winners", "counting"]) {
    const [old, other] = [byID(id), page.getElementById(id)];
    if (old && other && old.innerHTML !== other.innerHTML) exchange(old, other);
  }
}

// exchange replaces what is in an element. Folds stay open or shut, and a reader stays
// where they are.
function exchange(old, other) {
  const focus = document.activeElement;
  for (const fold of old.querySelectorAll("details[id]")) {
    const twin = other.querySelector(`#${fold.id}`);
    if (twin) twin.open = fold.open;
  }
  const where = old.contains(focus) && focus.closest("[id]");
  const scrolled = [...old.querySelectorAll(".wide")].map((e) => [e.id, e.scrollLeft]);
  old.replaceChildren(...other.childNodes);
  for (const [id, left] of scrolled) if (byID(id)) byID(id).scrollLeft = left;
  const back = where && byID(where.id);
  if (back) (back.querySelector(":scope > summary") || back).focus({ preventScroll: true });
}

// showSchedule tells when voting opens and closes, as the page itself does.
let told = "";
function showSchedule(t) {
  const over = t.closes_at && new Date(t.closes_at) <= new Date(t.as_of);
  const opens = t.status !== "open" && t.opens_at;
  const closes = !over && (opens || t.status === "open" || t.status === "draft") && t.closes_at;
  const closed = over && t.status !== "draft" && t.closes_at;
  const now = [t.status, opens, closes, closed, t.time_zone].join();
  if (now === told) return;
  told = now;
  const time = (at) => moment(at, t.time_zone);
  const line = [];
  const opening = t.status === "draft" ? "page.when.opens" : "page.when.reopens";
  if (opens && closes) line.push(...sentence(`${opening}_closes`, { Opens: time(opens), Closes: time(closes) }));
  else if (opens) line.push(...sentence(opening, { Opens: time(opens) }));
  else if (closes) line.push(...sentence("page.when.closes", { Closes: time(closes) }));
  else if (closed) line.push(...sentence("page.when.closed", { Closed: time(closed) }));
  if (opens || closes) line.push(" ", countdown(opens || closes, opens ? "" : "shut"));
  byID("when").replaceChildren(...line);
  byID("when").hidden = line.length === 0;
  document.dispatchEvent(new Event("shown"));
}

function moment(at, zone) {
  const e = document.createElement("time");
  e.dateTime = at;
  if (zone) e.dataset.zone = zone;
  return e;
}

function countdown(until, then) {
  const e = document.createElement("span");
  e.setAttribute("role", "timer");
  Object.assign(e.dataset, { until, then });
  return e;
}

// The gate shuts on time; that the votes are being counted is told a moment later.
document.addEventListener("shut", () => {
  byID("when").replaceChildren(...sentence("page.when.closed", { Closed: byID("when").querySelector("time") }));
  takesVotes(false);
});

// anew loads the page again, because the figures do not fit it: unless they are
// older than the page, and after a moment of chance, so that a room full of
// viewers does not come all at once.
let loading = false;
function anew(t) {
  if (loading || t.seq <= Number(main.dataset.seq)) return;
  loading = true;
  setTimeout(() => location.reload(), 1500 * Math.random());
}

function showOption(line, o, total, share) {
  const rated = kind === "score";
  line.querySelector(".label").textContent = o.label;
  line.querySelector(".votes").textContent = rated ? mean(o) : number.format(o.votes);
  line.querySelector(".share").textContent = rated ? ratings(o.raters) : share;
  line.querySelector(".bar rect").setAttribute("width", rated
    ? barWidth(o.votes - least * o.raters, (most - least) * o.raters)
    : barWidth(o.votes, total));
  if (rated) spread(line.querySelector(".spread"), o.distribution);
}

const hundredths = new Intl.NumberFormat([], { minimumFractionDigits: 2, maximumFractionDigits: 2 });
function mean(o) {
  return o.raters ? hundredths.format(o.mean) : "–";
}

function ratings(n) {
  if (n === 0) return words("result.ratings.none");
  return words("result.ratings", { Count: n, Number: number.format(n) });
}

// spread draws how many gave each number of points.
function spread(drawing, voters) {
  const highest = Math.max(1, ...Object.values(voters));
  [...drawing.children].forEach((column, i) => column.setAttribute("height", ratio(voters[least + i] || 0, highest, 100)));
  const given = Object.keys(voters).map((n) => `${n}: ${voters[n]}`); // the keys are numbers: in their order
  drawing.setAttribute("aria-label", given.length ? words("result.points", { Spread: given.join(", ") }) : words("result.points.none"));
}
