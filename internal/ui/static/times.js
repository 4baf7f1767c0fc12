// Times on a page: shown in the reader's own zone, those of a schedule in its
// organiser's with its name, and in the last hour before
// voting opens or closes counted down, without asking the server. A script that
// changes the page sends "shown"; when voting ends, this one sends "shut" there.
"use strict";

{
  const hour = 3600 * 1000;
  const calm = matchMedia("(prefers-reduced-motion: reduce)"); // then no figure moves each second
  let page; // the server's time as the page came with it
  let ahead = 0; // the server's clock before ours; the page was on its way, so the true figure is higher, and nothing ends too early
  let timer;

  document.addEventListener("shown", shown);
  document.addEventListener("visibilitychange", tick); // timers sleep in a hidden page
  calm.addEventListener("change", tick);
  shown();

  function shown() {
    const main = document.querySelector("main");
    if (main.dataset.now !== page) {
      page = main.dataset.now;
      ahead = new Date(page) - Date.now();
    }
    for (const t of document.querySelectorAll("time")) t.textContent = told(new Date(t.dateTime), t.dataset.zone);
    tick();
  }

  // told writes a time as its reader does: in a zone that the organiser picked, with
  // its name, and if their own clock shows another time, in their own too.
  function told(t, zone) {
    if (!zone) return local(t);
    try {
      const [theirs, own] = [local(t, zone), local(t)];
      return theirs === own ? `${theirs} (${zone})` : `${theirs} (${zone}), ${own} (${Intl.DateTimeFormat().resolvedOptions().timeZone})`;
    } catch (_) { // a zone that this browser does not know
      return local(t);
    }
  }

  // local writes a time in a zone, the reader's own if there is none, with the day if
  // it is not today there.
  function local(t, timeZone) {
    const style = { timeStyle: t.getSeconds() ? "medium" : "short", timeZone };
    const day = new Intl.DateTimeFormat(pageLocale, { dateStyle: "medium", timeZone });
    if (day.format(t) !== day.format(new Date())) style.dateStyle = "medium";
    return new Intl.DateTimeFormat(pageLocale, style).format(t);
  }

  function tick() {
    clearTimeout(timer);
    const next = Math.min(...Array.from(document.querySelectorAll("[data-until]"), count));
    if (next < Infinity) timer = setTimeout(tick, next + 20);
  }

  // count shows how long it is until a line's time, and returns when it says something else.
  function count(line) {
    const left = new Date(line.dataset.until) - Date.now() - ahead;
    const step = left > hour || calm.matches ? 60 * 1000 : 1000;
    if (left > 0) {
      line.textContent = left > hour ? "" : until(left);
      return left % step;
    }
    if (line.dataset.then === "shut") line.dispatchEvent(new Event("shut", { bubbles: true }));
    line.remove();
    return Infinity;
  }

  function until(left) {
    if (calm.matches) {
      const minutes = Math.ceil(left / 60000);
      return minutes > 1 ? words("page.countdown.minutes", { Count: minutes }) : words("page.countdown.soon");
    }
    const seconds = Math.ceil(left / 1000);
    return words("page.countdown.clock", { Clock: `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` });
  }
}
