// What the server's page says besides the figures: who wins by the poll's rule and how
// that came about, and what was corrected. The words stand in one place, so a live page
// asks for them, at a moment that differs from viewer to viewer.
"use strict";

const poll = document.querySelector("main").dataset.poll;

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
      if (next) (byID("spoken") || byID("live")).after(next);
      for (const row of document.querySelectorAll("#bars > li")) takeNote(row, page.querySelector(`#bars > [data-id="${CSS.escape(row.dataset.id)}"]`));
      document.dispatchEvent(new Event("shown"));
    } catch (_) {
      // asked again with the next figures
    }
    asking = false;
  }, 1500 * Math.random());
}

// takeNote takes over what describes an option.
function takeNote(row, other) {
  const [old, next] = [row, other || row].map((r) => r.querySelector(".note"));
  if (old === next) return;
  if (old) old.remove();
  if (next) row.querySelector(".line").append(next);
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
      const url = new URL(byID("counting") ? `/p/${poll}` : `/p/${poll}/present`, location); // also for a frame
      url.search = location.search;
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
  document.dispatchEvent(new Event("counted"));
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
