// The rows of the big screen: an option, its figure and its bar. Rows stand still in the
// document. What moves is a transform, which no layout and no other row depends on, so
// that bars grow and rows overtake each other at the pace of the screen.
"use strict";

// wallRows makes the rows of a stage. A cell says what one of them shows: id, label,
// letter, figure, share, reach (from 0 to 1; null for no bar), tag, tone ("lead", "gone" or
// ""), in the order of the cells.
function wallRows(stage) {
  const pause = 600; // the least time between two changes of the order: eyes have to follow
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let rows = new Map();
  let order = "";
  let moved = 0;
  let timer;
  let cells = [];
  let growing = null; // ends a reveal at once; null while there is none

  return { build, fit, show, reveal, skip: () => Boolean(growing && (growing(), true)), list: () => [...rows.values()] };

  // build makes the rows anew, for other options.
  function build(options, figures) {
    if (growing) growing();
    rows = new Map(options.map((o) => [o.id, rowOf(o)]));
    order = "";
    stage.dataset.figures = figures;
    stage.replaceChildren(...rows.values());
  }

  function rowOf(o) {
    const row = element("li", "wall-row");
    row.dataset.id = o.id;
    const label = element("span", "w-label");
    label.append(element("bdi", "w-text", o.label));
    const figure = element("span", "w-figure");
    figure.append(slot(element("b", "votes"), "w-number"), slot(element("span", "w-share"), "w-part"));
    const track = element("span", "w-track");
    track.append(element("span", "w-fill"));
    const mark = element("b", "w-mark", o.letter);
    mark.setAttribute("aria-hidden", "true");
    row.append(mark, label, element("span", "w-tag"), figure, track);
    return row;
  }

  // slot holds a figure at its end, by a transform: one that gets longer moves no box.
  function slot(e, name) {
    const around = element("span", name);
    around.append(e);
    return around;
  }

  // fit gives the rows their size, with room for the longest figure that any step has, and
  // returns how many are shown.
  function fit(figures, longest) {
    stage.classList.add("still");
    const all = [...rows.values()];
    const votes = all.length > 0 && figures ? all[0].querySelector(".votes") : null;
    const own = votes && votes.textContent;
    if (votes) put(votes, longest);
    const shown = fitStage(stage, all, figures);
    if (votes) put(votes, own);
    order = "";
    place();
    stage.getBoundingClientRect(); // the new places hold before anything moves again
    stage.classList.remove("still");
    return shown;
  }

  // show brings what cells say on the stage.
  function show(next) {
    cells = next;
    if (!growing) for (const c of cells) fill(rows.get(c.id), c);
    const wanted = cells.map((c) => c.id).join();
    if (wanted === order || growing) return;
    const wait = moved + pause - performance.now();
    if (wait <= 0) place();
    else if (!timer) timer = setTimeout(place, wait);
  }

  function fill(row, c) {
    put(row.querySelector(".w-text"), c.label);
    put(row.querySelector(".votes"), c.figure);
    put(row.querySelector(".w-share"), c.share);
    put(row.querySelector(".w-tag"), c.tag);
    if (row.dataset.tone !== c.tone) row.dataset.tone = c.tone;
    const reach = (c.reach || 0).toFixed(4);
    if (row.reach !== reach) row.style.setProperty("--reach", row.reach = reach);
  }

  // place puts each row into its slot.
  function place() {
    clearTimeout(timer);
    timer = null;
    const f = stage.slots;
    if (!f || cells.length === 0) return;
    const forward = getComputedStyle(stage).direction === "rtl" ? -1 : 1;
    cells.forEach((c, i) => {
      const row = rows.get(c.id);
      row.hidden = i >= f.shown;
      const x = forward * Math.floor(i / f.down) * (f.width + f.gutter);
      const y = (i % f.down) * f.height;
      row.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
      row.style.zIndex = cells.length - i; // who overtakes is in front
    });
    order = cells.map((c) => c.id).join();
    moved = performance.now();
  }

  // reveal lets all bars grow at one pace, each until its end, the leader's last. Until
  // then the options stand in the order in which they were, without figures.
  function reveal(before, done) {
    if (growing) growing();
    if (calm.matches) return done();
    const last = cells;
    const length = 3200;
    const began = performance.now();
    cells = before.map((id) => last.find((c) => c.id === id)).filter(Boolean);
    stage.classList.add("still");
    for (const c of cells) fill(rows.get(c.id), { ...c, reach: 0, figure: "", share: "", tag: "", tone: "" });
    place();
    stage.getBoundingClientRect();
    cells = last;
    let frame = requestAnimationFrame(grow);
    growing = () => {
      cancelAnimationFrame(frame);
      growing = null;
      stage.classList.remove("still");
      show(cells);
      done();
    };

    function grow() {
      const part = Math.min(1, (performance.now() - began) / length);
      const eased = part * part * (3 - 2 * part);
      for (const c of cells) {
        const row = rows.get(c.id);
        row.style.setProperty("--reach", row.reach = Math.min(c.reach || 0, eased).toFixed(4));
        if (eased >= (c.reach || 0)) put(row.querySelector(".votes"), c.figure);
      }
      if (part === 1) growing();
      else frame = requestAnimationFrame(grow);
    }
  }
}

function element(tag, name, text = "") {
  const e = document.createElement(tag);
  e.className = name;
  e.textContent = text;
  return e;
}

// put writes a text where it is another.
function put(e, text) {
  if (e.textContent !== text) e.textContent = text;
}
