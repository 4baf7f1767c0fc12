// The line to the server. What can't be reached is said, with the time of the last
// figures known to be good: zero votes must never look like no answer. Whatever comes is
// told to the page: "tally" with whole figures, never differences, so showing the newest
// is always right; "gone" when the poll was deleted.
"use strict";

const byID = (id) => document.getElementById(id);
const locale = pageLocale;

const line = (() => {
  const main = document.querySelector("main");
  const poll = main.dataset.poll;
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  let lastGood = new Date(main.dataset.asOf); // when the figures were last known to be good
  let { status } = main.dataset; // of the poll: when it is closed, nothing is live
  let cut = null; // since when nothing comes; null while it does

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
    status = t.status;
    fresh();
    tell("tally", t); // they come in order; a store that was restored counts from an earlier seq
  });
  socket.on("stale", (s) => {
    if (s.poll !== poll) return;
    if (s.as_of) lastGood = new Date(s.as_of);
    if (!s.stale) return fresh();
    stale(words("result.script.stale", { Time: clock.format(lastGood) }));
    say("late", words("result.live.late"));
  });
  socket.on("gone", () => {
    tell("gone");
    stale(words("result.script.deleted"));
  });
  socket.on("disconnect", lost);
  socket.on("connect_error", lost);
  socket.io.on("ping", () => { if (!main.classList.contains("is-stale")) lastGood = new Date(); });

  function tell(what, detail) {
    document.dispatchEvent(new CustomEvent(what, { detail }));
  }

  function lost() {
    cut = cut || new Date();
    stale(words("result.script.lost", { Time: clock.format(lastGood) }));
    say("lost", words("result.script.cut", { Time: clock.format(cut) }));
  }

  function stale(text) {
    main.classList.add("is-stale");
    byID("stale").hidden = false;
    if (byID("stale").textContent !== text) byID("stale").textContent = text; // read aloud once, not at each try
    say("lost", words("result.as_of", { Time: clock.format(lastGood) }));
  }

  function fresh() {
    cut = null;
    main.classList.remove("is-stale");
    byID("stale").hidden = true;
    say("", status === "closed" ? words("result.as_of", { Time: clock.format(lastGood) }) : words("result.live"));
  }

  // say tells the state of the line in a shape and in words.
  function say(tone, text) {
    if (byID("live").textContent === text) return;
    const dot = document.createElement("span");
    dot.className = `dot ${tone}`.trim();
    byID("live").replaceChildren(dot, text);
  }

  return { pass, subscribe, good: () => lastGood };
})();
