// When voting opens and closes, as the page itself says it.
"use strict";

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
});
