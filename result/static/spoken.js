// What a screen reader says of the count: how many have voted and who leads, politely,
// and at most once in ten seconds, however fast votes come.
"use strict";

const spoken = (() => {
  const place = byID("spoken");
  const every = 10000;
  const named = 3; // so many who are level are named
  const number = new Intl.NumberFormat(locale);
  let last = performance.now(); // when something was said; the page itself says how it began
  let timer = 0;
  let next = null; // what there is to say

  // show takes over a tally; leads are those who lead, by their labels.
  function show(t, leads) {
    if (!place) return;
    if (next && next.total === t.total && next.leads.join() === leads.join()) return;
    const first = next === null;
    next = { total: t.total, leads };
    if (first || timer) return; // the page says it; or it is said soon
    timer = setTimeout(say, Math.max(0, last + every - performance.now()));
  }

  function say() {
    timer = 0;
    last = performance.now();
    place.textContent = text(next);
  }

  function text({ total, leads }) {
    const gaps = { Count: total, Number: number.format(total) };
    if (total === 0) return words("result.turnout.none");
    if (leads.length === 0) return words("result.spoken.votes", gaps);
    if (leads.length === 1) return words("result.spoken.leads", { ...gaps, Option: leads[0] });
    if (leads.length > named) return words("result.spoken.many", { ...gaps, Others: number.format(leads.length) });
    return words("result.spoken.tie", { ...gaps, Options: leads.slice(0, -1).join(words("result.list.separator")) + words("result.list.last") + leads[leads.length - 1] });
  }

  return { show };
})();
