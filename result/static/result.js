// The live page. line.js brings the newest figures; here they go to what shows them:
// bars.js, pace.js, spoken.js, schedule.js, and part.js for what the server has to say.
"use strict";

{
  const main = document.querySelector("main");
  const { kind } = main.dataset;
  const least = Number(main.dataset.min);
  const most = Number(main.dataset.max);
  const number = { format: figures.whole }; // as the server writes it
  let last = null; // the newest figures

  document.addEventListener("tally", (e) => show(e.detail));
  document.addEventListener("counted", () => last && bars.show(last, leaders(last)));
  document.addEventListener("gone", () => takesVotes(false));
  document.addEventListener("shut", () => takesVotes(false));

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
    if (byID("badge")) showBadge(t.status);
    takesVotes(t.status === "open");
    showSchedule(t);
    if (t.hidden && t.total === undefined) return; // nothing is told
    showTurnout(t);
    if (t.hidden) return;
    if (!bars.knows(t.options)) return anew(t); // a draft that opened, or an option that this page does not know
    if (entries(t) !== toldEntries()) askHistory();
    last = t;
    bars.show(t, leaders(t));
    spoken.show(t, leaders(t).map((id) => t.options.find((o) => o.id === id).label));
    askPart(t);
  }

  function showBadge(status) {
    byID("badge").className = `badge ${status}`;
    byID("badge").textContent = words(`result.badge.${status}`);
  }

  function showTurnout(t) {
    const total = document.createElement("b");
    total.textContent = number.format(t.total);
    byID("total").replaceChildren(...(t.total === 0 ? sentence("result.turnout.none") : sentence("result.turnout", { Count: t.total, Number: total })));
    byID("invalid").textContent = some("result.invalid", t.invalid);
    byID("abstained").textContent = some("result.abstained", t.abstained);
    pace.show(t);
  }

  function some(code, n) {
    return n ? " " + words(code, { Count: n, Number: number.format(n) }) : "";
  }

  // leaders are those with the most votes; where the rule has another view, as it was when
  // the page asked for it last.
  function leaders(t) {
    const { lead, leadBy, withdrawn } = byID("winners").dataset;
    if (leadBy === "rule") return lead.split(" ").filter((id) => t.options.some((o) => o.id === id));
    const remaining = t.options.filter((o) => !withdrawn.split(",").includes(o.id));
    const top = Math.max(1, ...remaining.map((o) => o.votes));
    return remaining.filter((o) => o.votes === top).map((o) => o.id);
  }

  // otherSight is for results that are shown where the page hides them, or the other way
  // round. What a pass shows the server may not have known yet when it was asked.
  let again = line.pass !== "";
  function otherSight(t) {
    if (t.hidden && again) line.subscribe();
    else anew(t);
    again = false;
  }

  // anew loads the page again, because the figures do not fit it: unless they are
  // older than the page, and after a moment of chance, so that a room full of
  // viewers does not come all at once.
  let loading = false;
  function anew(t) {
    if (loading || t.seq <= Number(main.dataset.seq)) return;
    loading = true;
    if (main.dataset.hidden === "true" && !t.hidden) reveal.prepare();
    setTimeout(() => location.reload(), 1500 * Math.random());
  }
}
