// How many votes came lately, drawn: a column for each step. The server's page brings the
// steps before it; those that follow are counted here, by the times of the figures.
"use strict";

const pace = (() => {
  const figure = byID("pace");
  if (!figure) return { show() {} };
  const { dataset } = figure;
  const columns = figure.querySelector("svg").children;
  const step = Number(dataset.step);
  const minute = 60 / step;
  const number = { format: figures.whole }; // as the server writes it
  let totals = dataset.totals ? dataset.totals.split(" ").map(Number) : [];
  let last = Number(dataset.last); // when the last step began, in seconds
  let ahead = 0; // the server's clock before ours, in seconds
  setInterval(() => { if (totals.length) add(newest(), Date.now() / 1000 + ahead); }, 1000 * step);

  function newest() {
    return totals[totals.length - 1];
  }

  // show takes over a tally.
  function show(t) {
    const at = Date.parse(t.as_of) / 1000;
    ahead = at - Date.now() / 1000;
    add(t.total, at);
  }

  // add notes a total, as the server does (result/live/pace.go).
  function add(total, at) {
    const now = Math.floor(at / step) * step;
    const from = newest();
    const missing = (now - last) / step;
    if (from === undefined || total < from || missing > 2) totals = [total];
    else {
      for (let i = 1; i <= missing; i++) totals.push(from + Math.floor((total - from) * i / missing));
      if (missing < 0) return;
      totals[totals.length - 1] = total;
    }
    last = now;
    totals = totals.slice(-columns.length - 1);
    draw();
  }

  function draw() {
    const votes = [...columns].map((_, i) => {
      const at = totals.length - columns.length + i;
      return at > 0 ? totals[at] - totals[at - 1] : 0;
    });
    const most = Math.max(1, ...votes);
    votes.forEach((n, i) => {
      const high = ratio(n, most, 100);
      columns[i].setAttribute("y", 100 - high);
      columns[i].setAttribute("height", high);
    });
    const lately = newest() - totals[totals.length - 1 - minute]; // once the whole minute is known
    figure.querySelector("figcaption").textContent = totals.length > minute ? words("result.pace", { Count: lately, Number: number.format(lately) }) : "";
  }

  return { show };
})();
