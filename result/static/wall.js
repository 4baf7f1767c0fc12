// The big screen. It is made from one tally, the newest, and from what the rule makes of
// the ballots; drawn at most once a frame, however fast votes come.
//   wall-line.js brings tallies, wall-rows.js shows options, wall-fit.js gives them their
//   size, wall-keys.js listens to keys, wall-event.js goes with an event.
"use strict";

// showWall makes a poll's screen live: its <main>. It returns what a hand at the keys can
// do there, and how it ends.
function showWall(main) {
  const byID = (id) => main.querySelector(`#${id}`);
  const part = (from, id) => from.querySelector(`#${id}`);
  const locale = pageLocale;
  const number = { format: figures.whole }; // as the server writes it
  const hundredths = { format: (n) => figures.decimal(Number(n).toFixed(2)) };
  const ahead = new Date(main.dataset.now) - Date.now(); // the server's clock before ours
  const stage = byID("rows");
  const rows = wallRows(stage);

  let tally = JSON.parse(byID("tally").dataset.tally);
  let made = readPart(main); // what the rule makes of the ballots
  let step = null; // the step that somebody chose; null for the one that fits
  let drawn = {}; // what the screen was made for
  let queued = 0;
  let taken = null; // whether votes are
  let asking = false;
  let quietUntil = 0; // when to look for the part again
  let line = null; // the state of the line, once it is known
  let over = false; // another screen is shown

  if (byID("plain")) byID("plain").remove(); // what is there without a script
  draw();
  main.classList.add("is-ready");
  const ticks = setInterval(tick, 250);
  const sizes = new ResizeObserver(() => { if (sizeOf() !== drawn.size) fitAll(); });
  for (const e of [main, byID("caption"), byID("foot"), byID("notes")]) sizes.observe(e);
  addEventListener("resize", fitAll);
  if (document.fonts) document.fonts.ready.then(fitAll);
  const leave = follow(tally.poll, (t) => { tally = t; redraw(); askPart(); }, showLine);
  document.addEventListener("visibilitychange", looked);
  return { step: go, reveal: surprise, end };

  function end() {
    over = true;
    leave();
    clearInterval(ticks);
    sizes.disconnect();
    removeEventListener("resize", fitAll);
    document.removeEventListener("visibilitychange", looked);
  }

  function looked() {
    redraw();
    askPart();
  }

  function redraw() {
    if (!queued) queued = requestAnimationFrame(draw);
  }

  function draw() {
    queued = 0;
    if (over) return;
    const scene = sceneOf();
    const figures = scene === "live" || scene === "closed";
    const steps = stepsOf();
    const at = Math.min(step === null ? made.first : step, steps.length - 1);
    const cells = figures ? steps[at].cells() : tally.options.map((o, i) => ({ ...wordsOf(o, i), figure: "", share: "", reach: null, tag: "", tone: "" }));
    const parts = JSON.stringify([scene, tally.question, tally.options.map((o) => [o.id, o.label])]);
    const longest = cells.reduce((text, c) => longer(text, c.figure), made.longest);
    const long = Math.max(longest.length, 5);

    main.dataset.scene = scene;
    main.dataset.simple = isSimple();
    put(byID("question"), tally.question);
    document.title = words("result.title", { Question: tally.question });
    showTurnout();
    showStatus();
    showStep(steps, at, figures);
    const revealed = drawn.scene === "hidden" && figures;
    if (parts !== drawn.parts) rows.build(tally.options.map(wordsOf), figures);
    const fits = parts === drawn.parts && long <= drawn.long;
    drawn = { ...drawn, scene, parts, figures, longest, long: fits ? drawn.long : long };
    rows.show(cells);
    if (!fits) fitAll();
    tick();
    if (revealed) reveal();
  }

  function sceneOf() {
    if (tally.status === "draft") return "draft";
    if (tally.hidden) return "hidden";
    return tally.status === "closed" ? "closed" : "live";
  }

  // isSimple says that the option with the longest bar leads: nothing else has to be said.
  function isSimple() {
    return made.seats === 1 && made.steps.length === 0 && !made.ruled;
  }

  function wordsOf(o, i) {
    return { id: o.id, label: o.label, letter: letterOf(i) };
  }

  // letterOf counts A to Z, then AA.
  function letterOf(i) {
    const last = String.fromCharCode(65 + (i % 26));
    return i < 26 ? last : letterOf(Math.floor(i / 26) - 1) + last;
  }

  // The figures.

  // longer returns the longer text: a step that comes later has room in its column too.
  function longer(a, b) {
    return b.length > a.length ? b : a;
  }

  // stepsOf returns what can be shown one after the other: the votes as they come in, and
  // what the rule makes of them.
  function stepsOf() {
    const live = { title: words(`wall.step.${tally.kind}`), cells: liveCells };
    const steps = made.steps.map((s) => ({ title: s.title, cells: () => stepCells(s) }));
    return made.alone ? steps : [live, ...steps];
  }

  function liveCells() {
    const score = tally.kind === "score";
    const least = tally.min || 0;
    const choosers = tally.total - (tally.abstained || 0); // all percentages are of them
    const shares = score ? [] : percents(tally.options.map((o) => o.votes), choosers, tally.kind !== "multiple");
    const most = Math.max(1, ...tally.options.map((o) => o.votes));
    const ruled = (o) => made.order.findIndex((equal) => equal.includes(o.id));
    const place = (o) => (isSimple() || ruled(o) < 0 ? o.place : ruled(o)); // points count as the rule says
    const cells = tally.options.map((o, i) => ({
      ...wordsOf(o, i), tag: "", tone: "",
      figure: score ? (o.raters ? hundredths.format(o.mean) : "–") : number.format(o.votes),
      share: score ? ratings(o.raters) : shares[i],
      reach: score ? (o.raters ? (o.votes - least * o.raters) / ((tally.max - least) * o.raters) : 0) : o.votes / most,
      worth: score ? (o.raters ? -place(o) : -Infinity) : o.votes,
      some: score ? o.raters > 0 : o.votes > 0,
    }));
    for (const c of cells) {
      if (!made.withdrawn.includes(c.id)) continue;
      Object.assign(c, { tone: "gone", tag: words("result.withdrawn.label") });
    }
    const known = cells.filter((c) => c.tone !== "gone");
    known.sort((a, b) => b.worth - a.worth); // stable, as all sorting here
    leaders(known);
    return [...known, ...cells.filter((c) => c.tone === "gone")];
  }

  // leaders marks those who lead, best first: by their figures where those decide, else
  // by what the rule says.
  function leaders(cells) {
    const decided = !isSimple() || tally.status === "closed" && made.status === "closed";
    const top = cells.filter((c) => c.some && c.worth === cells[0].worth);
    for (const c of cells) {
      if (decided ? made.winners.includes(c.id) : top.includes(c)) c.tone = "lead";
    }
    if (isSimple() && top.length > 1) for (const c of top) c.tag = words("wall.tie");
  }

  function stepCells(s) {
    const place = new Map(s.rows.map((r, i) => [r.id, i]));
    const cells = tally.options.map((o, i) => {
      const r = s.rows[place.get(o.id)];
      if (!r) return { ...wordsOf(o, i), figure: "", share: "", reach: 0, tag: made.withdrawn.includes(o.id) ? words("result.withdrawn.label") : "", tone: "gone" };
      return { ...wordsOf(o, i), figure: r.figure, share: r.share, reach: r.reach, tag: r.tag, tone: r.out ? "gone" : made.winners.includes(o.id) && s.last || r.elected ? "lead" : "" };
    });
    const at = (c) => (place.has(c.id) ? place.get(c.id) : Infinity);
    return cells.sort((a, b) => (at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0));
  }

  function ratings(n) {
    return n === 0 ? words("result.ratings.none") : words("wall.ratings", { Count: n, Number: number.format(n) });
  }

  // What stands around them.

  function showTurnout() {
    byID("foot").dataset.told = tally.total !== undefined;
    if (tally.total === undefined) return; // a poll may hide how many have voted
    const total = element("b", "", number.format(tally.total));
    const now = String([tally.total, tally.invalid, tally.abstained]);
    if (byID("total").dataset.now === now) return;
    byID("total").dataset.now = now;
    byID("total").replaceChildren(...(tally.total === 0 ? sentence("result.turnout.none") : sentence("result.turnout", { Count: tally.total, Number: total })));
    put(byID("invalid"), some("result.invalid", tally.invalid));
    put(byID("abstained"), some("result.abstained", tally.abstained));
  }

  function some(code, n) {
    return n ? " " + words(code, { Count: n, Number: number.format(n) }) : "";
  }

  function showStatus() {
    if (line) showLine(line.state, line.asOf);
    const open = tally.status === "open";
    byID("status").hidden = open;
    put(byID("status"), open ? "" : words(`result.status.${tally.status}`));
    const hidden = byID("hidden");
    hidden.hidden = !tally.hidden;
    if (tally.hidden) put(hidden, words(`result.hidden.${tally.visibility}`));
  }

  function showStep(steps, at, figures) {
    const line = byID("step");
    line.hidden = !figures || steps.length === 1 && tally.kind === "single";
    if (line.hidden) return;
    const dots = steps.length > 1 ? steps.map((_, i) => element("i", i === at ? "on" : "")) : [];
    const now = `${at}/${steps.length}/${steps[at].title}`;
    if (line.dataset.now === now) return;
    line.dataset.now = now;
    line.replaceChildren(element("span", "", steps[at].title), ...dots);
  }

  // showLine tells the state of the line. Only of an open poll are the figures live: others
  // say where they stand.
  function showLine(state, asOf) {
    line = { state, asOf };
    const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(asOf);
    const dot = { live: "dot", late: "dot late" }[state] || "dot lost";
    const good = words(tally.status === "open" ? "result.live" : `result.badge.${tally.status}`);
    const now = state === "live" ? good : words("result.as_of", { Time: time });
    main.classList.toggle("is-stale", state !== "live");
    if (byID("live").textContent !== now) byID("live").replaceChildren(element("span", dot), element("span", "", now));
    byID("stale").hidden = state === "live";
    const said = { live: "", late: "result.script.stale", lost: "result.script.lost", gone: "result.script.deleted" }[state];
    put(byID("stale"), said && words(said, { Time: time })); // read aloud once, not at each try
    if (state === "gone") takesVotes(false);
  }

  // takesVotes shows the way to a vote while votes are taken.
  function takesVotes(open) {
    if (taken === open) return;
    taken = open;
    for (const e of main.querySelectorAll(".while-open")) e.hidden = !open;
    fitAll();
  }

  // tick counts down.
  function tick() {
    const until = tally.status === "open" ? tally.closes_at : tally.opens_at;
    const at = until && new Date(until);
    const left = at ? at - Date.now() - ahead : NaN;
    const late = tally.status === "open" && left <= 0;
    const when = byID("when");
    const text = isNaN(left) ? "" : late ? words("wall.closing") : left > 0 ? counted(left, at) : "";
    put(when, text);
    when.hidden = text === "";
    when.classList.toggle("is-soon", left > 0 && left <= 10500);
    if (byID("live").querySelector(".lost") === null || taken) takesVotes(tally.status === "open" && !late && !main.classList.contains("is-gone"));
  }

  function counted(left, at) {
    const verb = tally.status === "open" ? "closes" : "opens";
    if (left > 3600 * 1000) {
      const style = { timeStyle: "short" };
      if (left > 12 * 3600 * 1000) style.dateStyle = "medium";
      return words(`wall.${verb}.at`, { Time: new Intl.DateTimeFormat(locale, style).format(at) });
    }
    const seconds = Math.ceil(left / 1000);
    const clock = `${number.format(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, "0")}`;
    return words(`wall.${verb}.in`, { Clock: clock });
  }

  // Size.

  function fitAll() {
    if (over) return;
    if (matchMedia("(max-width: 48rem)").matches && !document.body.classList.contains("embed")) main.classList.add("is-narrow");
    else main.classList.remove("is-narrow");
    const u = parseFloat(getComputedStyle(byID("unit")).width) / 10;
    const question = byID("question");
    const scene = main.dataset.scene;
    const room = scene === "draft" ? 0.6 : stage.children.length > 8 ? 0.16 : 0.21;
    question.style.fontSize = "";
    if (!main.classList.contains("is-narrow")) {
      fitText(question, (scene === "draft" ? 8 : 4.6) * u, 1.5 * u, () => question.scrollHeight <= innerHeight * room && question.scrollWidth <= question.clientWidth + 1);
    }
    const winner = main.querySelector("#winners .winner");
    if (winner) {
      winner.style.fontSize = "";
      if (scene === "closed") fitText(winner, 4.2 * u, 1.6 * u, () => winner.scrollHeight <= innerHeight * 0.17 && winner.scrollWidth <= winner.clientWidth + 1);
    }
    for (const e of main.querySelectorAll(".join .host")) {
      const whole = () => [...e.children].every((line) => line.scrollWidth <= e.clientWidth);
      e.classList.remove("is-long");
      fitText(e, 2.1 * u, 1.1 * u, whole);
      e.classList.toggle("is-long", !whole());
    }
    for (const e of main.querySelectorAll(".join .code")) fitText(e, 4.4 * u, 2 * u, () => e.scrollWidth <= e.clientWidth);
    if (scene === "draft") return;
    stage.style.setProperty("--rows", stage.children.length);
    const shown = rows.fit(drawn.figures, drawn.longest);
    const rest = tally.options.length - shown;
    byID("rest").hidden = rest <= 0;
    if (rest > 0) put(byID("rest"), words("result.more", { Count: rest }));
    drawn.size = sizeOf();
  }

  function sizeOf() {
    return [innerWidth, innerHeight, byID("caption").offsetHeight, byID("foot").offsetHeight, byID("notes").offsetHeight].join();
  }

  // Steps and surprises.

  function go(n) {
    const last = stepsOf().length - 1;
    const at = Math.min(step === null ? made.first : step, last);
    step = Math.max(0, Math.min(last, at + n));
    redraw();
  }

  function surprise() {
    if (rows.skip()) return;
    if (made.steps.length > 0 && sceneOf() !== "hidden") {
      const last = stepsOf().length - 1;
      const at = Math.min(step === null ? made.first : step, last);
      step = at >= last ? 0 : at + 1;
      redraw();
    } else if (sceneOf() === "closed") {
      reveal();
    }
  }

  function reveal() {
    main.classList.add("is-revealing");
    rows.reveal(tally.options.map((o) => o.id), () => main.classList.remove("is-revealing"));
  }

  // What the rule makes of the ballots comes as a part of this page, more slowly than
  // votes: after a pause that the server names. That a poll has closed is asked at once.
  function readPart(from) {
    const said = part(from, "winners").dataset;
    const steps = JSON.parse(part(from, "made").dataset.made);
    return {
      ...steps, longest: steps.steps.flatMap((s) => s.rows).reduce((text, r) => longer(text, r.figure), ""), status: said.status, seq: Number(said.seq), pause: Number(said.pause),
      withdrawn: said.withdrawn ? said.withdrawn.split(",") : [],
    };
  }

  function askPart() {
    if (over || asking || document.hidden || made.seq >= tally.seq && made.status === tally.status) return;
    const soon = made.status !== tally.status || Boolean(tally.hidden) !== made.hidden;
    if (!soon && isSimple() && told(tally) === made.told) return; // the bars say it all
    asking = true;
    const wait = soon ? 100 + 200 * Math.random() : Math.max(quietUntil - performance.now(), made.pause * 1000 * (0.5 + Math.random()));
    setTimeout(async () => {
      let came = false;
      try {
        const url = new URL(`/p/${tally.poll}/present`, location);
        url.searchParams.set("part", "count");
        const answer = await fetch(url, { cache: "no-cache" });
        if (!answer.ok) throw new Error(answer.statusText);
        takePart(new DOMParser().parseFromString(await answer.text(), "text/html"));
        came = true;
      } catch (_) {
        quietUntil = performance.now() + 2000; // asked again with the next figures
      }
      asking = false;
      if (came) askPart();
    }, wait);
  }

  // told counts what there is to say of corrections and reopenings.
  function told(t) {
    return (t.corrections || []).length + (t.reopenings || []).length;
  }

  function takePart(from) {
    if (over) return;
    const next = readPart(from);
    if (next.status !== made.status || next.steps.length !== made.steps.length) step = null;
    if (next.longest.length > made.longest.length) drawn.long = 0; // its column becomes wider
    made = next;
    for (const id of ["winners", "notes"]) {
      const [old, other] = [byID(id), part(from, id)];
      if (old.innerHTML !== other.innerHTML) {
        old.replaceChildren(...other.childNodes);
        drawn.size = "";
      }
    }
    document.dispatchEvent(new Event("shown")); // times.js writes times as people here read them
    redraw();
    if (drawn.size === "") requestAnimationFrame(fitAll);
  }
}
