// The bars of a live page: each option's figures, and the options in their order. A row
// that overtakes another glides there, in front of those that it passes; the list changes
// its order at most once in a while, so that a close race can be read.
"use strict";

const bars = (() => {
  const { kind, min, max, most } = document.querySelector("main").dataset;
  const least = Number(min);
  const highest = Number(max);
  const shown = Number(most); // so many options have room here
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const number = { format: figures.whole }; // as the server writes it
  const hundredths = { format: (n) => figures.decimal(Number(n).toFixed(2)) };
  const rest = 1200; // ms between two orders
  const glide = { duration: 600, easing: "cubic-bezier(.2, .7, .2, 1)" };
  const split = (text) => (text ? text.split(" ") : []);
  const ruled = () => byID("winners").dataset; // what the rule says, as of when the page asked last
  let arranged = 0; // when the order was set last
  let later = 0; // the timer of the next time

  function rowOf(o) {
    return byID("bars").querySelector(`[data-id="${CSS.escape(o.id)}"]`);
  }

  // knows reports whether each option has a row here.
  function knows(options) {
    return options.length === byID("bars").children.length && options.every((o) => rowOf(o));
  }

  // show takes over the figures of a tally. leads are the ids of those who lead.
  function show(t, leads) {
    const choosers = t.total - (t.abstained || 0); // all percentages are of them
    const shares = percents(t.options.map((o) => o.votes), choosers, kind === "single" || kind === "ranked");
    const top = Math.max(0, ...t.options.map((o) => o.votes));
    const grades = gradesNow();
    t.options.forEach((o, i) => showOption(rowOf(o), o, top, shares[i], grades));
    mark(leads);
    arrange(t.options);
  }

  function mark(leads) {
    for (const row of byID("bars").children) {
      const leading = leads.includes(row.dataset.id);
      if (row.classList.contains("lead") === leading) continue;
      if (leading) row.className = "lead";
      else row.removeAttribute("class");
      row.querySelector(".mark").className = leading ? "mark lead" : "mark";
    }
  }

  // gradesNow are the median grades by option, where those decide.
  function gradesNow() {
    const { order, grades } = ruled();
    const given = split(grades);
    return given.length ? new Map(split(order).map((id, i) => [id, given[i]])) : null;
  }

  function showOption(row, o, top, share, grades) {
    const rated = kind === "score";
    const grade = grades && grades.get(o.id);
    write(row.querySelector(".label"), o.label);
    write(row.querySelector(".votes"), grades ? grade || "–" : rated ? mean(o) : number.format(o.votes));
    write(row.querySelector(".share"), rated ? ratings(o.raters) : share);
    row.querySelector(".bar rect").setAttribute("width", grades ? barWidth((grade || least) - least, highest - least) : rated
      ? barWidth(o.votes - least * o.raters, (highest - least) * o.raters)
      : barWidth(o.votes, top));
    if (rated) spread(row.querySelector(".points"), o);
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function mean(o) {
    return o.raters ? hundredths.format(o.mean) : "–";
  }

  function ratings(n) {
    if (n === 0) return words("result.ratings.none");
    return words("result.ratings", { Count: n, Number: number.format(n) });
  }

  // spread shows how many gave each number of points.
  function spread(place, o) {
    const drawing = place.querySelector(".spread");
    const numbers = place.querySelector(".given").children;
    let before = 0;
    for (let n = least; n <= highest; n++) {
      const voters = o.distribution[n] || 0;
      const part = drawing.children[n - least];
      part.setAttribute("x", barWidth(before, o.raters));
      part.setAttribute("width", barWidth(voters, o.raters));
      numbers[n - least].firstChild.data = number.format(voters);
      before += voters;
    }
    const given = Object.keys(o.distribution).map((n) => `${n}: ${o.distribution[n]}`); // the keys are numbers: in their order
    drawing.setAttribute("aria-label", given.length ? words("result.points", { Spread: given.join(", ") }) : words("result.points.none"));
  }

  // arrange puts the rows in the order in which the server's page has them: now, or as
  // soon as the order has stood for a while.
  function arrange(options) {
    clearTimeout(later);
    const order = [...options];
    const best = split(ruled().order);
    const at = (o) => (best.includes(o.id) ? best.indexOf(o.id) : best.length);
    if (kind === "score") order.sort((a, b) => at(a) - at(b) || a.place - b.place); // stable, as all sorting here
    else order.sort((a, b) => b.votes - a.votes);
    const rows = order.map(rowOf);
    const list = byID("bars");
    if (rows.every((row, i) => list.children[i] === row)) return;
    const wait = arranged + rest - performance.now();
    if (wait > 0 && !calm.matches) later = setTimeout(reorder, wait, rows);
    else reorder(rows);
  }

  function reorder(rows) {
    arranged = performance.now();
    const list = byID("bars");
    if (calm.matches || document.hidden) return place(list, rows);
    const before = rows.map((row) => row.getBoundingClientRect().top);
    for (const row of rows) for (const a of row.getAnimations()) a.cancel();
    place(list, rows);
    rows.forEach((row, i) => {
      const by = before[i] - row.getBoundingClientRect().top;
      if (Math.abs(by) < 1 || row.hidden) return;
      const front = by > 0 ? 1 : 0; // what rises passes in front
      row.animate([{ transform: `translateY(${by}px)`, zIndex: front, position: "relative" }, { transform: "none", zIndex: front, position: "relative" }], glide);
    });
  }

  // place moves as few rows as it can: a screen reader stays where it is.
  function place(list, rows) {
    rows.forEach((row, i) => {
      if (list.children[i] !== row) list.insertBefore(row, list.children[i]);
      row.hidden = i >= shown;
    });
  }

  return { knows, show };
})();
