// The voting page works without this script. With it, each ballot on the page sends its
// votes by itself (ballot.js), and the page follows its poll, or its event, as follow.js
// tells it, and what other tabs record.
"use strict";

{
  const main = () => document.querySelector("main");
  const together = (root) => "together" in root.dataset;
  const sections = (root = main()) => Array.from(root.querySelectorAll(".ballot"));
  const sectionOf = (poll, root = main()) => sections(root).find((s) => s.dataset.poll === poll);

  const known = new WeakMap(); // the Ballot of each section
  let tapped; // the last button: browsers before 2021 don't say what sent a form
  let news = false; // something has changed while a vote was on its way
  let looks = 0; // how often the page was looked at
  let later; // when that is tried again
  let place = main().dataset.look || location.href; // where the page is looked at again

  function ballotOf(section) {
    if (!known.has(section)) known.set(section, new Ballot(section, answered));
    return known.get(section);
  }

  const ballots = () => sections().map(ballotOf);
  const sending = () => ballots().filter((b) => b.sending);

  // ballotAround returns the ballot in which something has happened.
  function ballotAround(node) {
    const section = node.closest && node.closest(".ballot");
    return section && ballotOf(section);
  }

  document.addEventListener("click", (event) => (tapped = event.target.closest("button")), true);

  document.addEventListener("submit", (event) => {
    const ballot = ballotAround(event.target);
    if (!ballot || event.target !== ballot.form) return;
    event.preventDefault();
    ballot.vote(event.submitter || tapped);
  });

  for (const name of ["input", "change"]) {
    document.addEventListener(name, (event) => {
      const ballot = ballotAround(event.target);
      if (ballot) ballot.showUnsent();
      else if (event.target === document) ballots().forEach((b) => b.showUnsent());
    });
  }

  // A vote that waits is tried at once when there is a network again, or when the
  // page comes back from the browser's memory, where its request was lost.
  const again = () => sending().forEach((b) => b.sending.again());
  addEventListener("online", again);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    again();
    look();
  });
  outbox.watch((poll, recorded) => {
    const section = sectionOf(poll);
    if (!section) return;
    if (ballotOf(section).sending) ballotOf(section).sending.again();
    else if (recorded) look();
  });

  // answered takes what became of a vote. On a page of several it is the one ballot's
  // alone: what the others are only a look can tell.
  function answered(ballot, answer) {
    if (!answer) return look();
    const next = answer.main;
    const recorded = answer.mark === "recorded";
    const section = next && sectionOf(ballot.poll, next);
    if (next && !section) ballot.refuse(next);
    else if (next && together(main())) ballot.adopt(section, recorded);
    else if (next) adopt(next, recorded);
    return news && look();
  }

  // look asks for the page as it is now, and adopts it. Of several answers the one that was
  // asked for last counts: an older one may show the question before. One that does not
  // come is asked for again.
  async function look() {
    const mine = ++looks;
    clearTimeout(later);
    news = sending().length > 0; // a vote on its way still gets its own answer
    if (news) return;
    try {
      const answer = await ask(place, {});
      if (mine !== looks) return;
      const ours = answer.main && ("state" in answer.main.dataset || answer.mark);
      if (sending().length > 0) news = true;
      else if (ours) adopt(answer.main, true);
      else lookLater();
    } catch (_) {
      if (mine === looks) lookLater();
    }
  }

  function lookLater() {
    later = setTimeout(look, 1000 * (2 + 3 * Math.random()));
  }

  document.addEventListener("poll-changed", (event) => {
    const { takes, look: next } = event.detail;
    if (next) place = next;
    for (const ballot of ballots()) if (!takes(ballot.poll)) ballot.shutNow();
    look();
  });
  document.addEventListener("shut", (event) => { // times.js: on time
    const ballot = ballotAround(event.target);
    if (ballot) ballot.shutNow();
  });

  // adopt takes over what a page from the server says.
  function adopt(next, recorded) {
    if (!next.dataset.state) return adoptError(next);
    if (together(next) !== together(main()) || next.dataset.poll !== main().dataset.poll) return move(next);
    if ("front" in main().dataset && !next.querySelector("form[method=post]")) return undefined;
    if (sections().length === 0) return replace(next);
    Object.assign(main().dataset, { now: next.dataset.now, state: next.dataset.state });
    adoptEvent(next);
    return adoptBallots(next, recorded);
  }

  // adoptBallots takes over each ballot. One that has gone from the event's page is over,
  // and stays with its receipt; a new one comes to its place.
  function adoptBallots(next, recorded) {
    const coming = sections(next);
    for (const ballot of ballots()) if (!coming.some((s) => s.dataset.poll === ballot.poll)) ballot.shutNow();
    let before = sections()[0].previousElementSibling;
    for (const section of coming) {
      const old = sectionOf(section.dataset.poll);
      before = old ? ballotOf(old).adopt(section, recorded) : insert(section, before);
    }
  }

  function insert(section, before) {
    before.after(section);
    Ballot.settle(section);
    document.dispatchEvent(new Event("shown"));
    main().querySelector(":scope > [data-line=news]").textContent = words("voting.script.new_question", { Question: section.querySelector(".question").textContent });
    ballotOf(section).takeUp();
    return section;
  }

  // adoptError shows a page that tells of nothing but an error.
  function adoptError(next) {
    if (next.dataset.code === "no_code") return move(next);
    if (next.dataset.code === "no_poll") main().dataset.state = "gone";
    return ballots().forEach((b) => b.refuse(next));
  }

  // adoptEvent keeps what is said of the event, in one line above the question.
  function adoptEvent(next) {
    const [line, other] = [main(), next].map((root) => root.querySelector(".evening"));
    if (!line || !other) return;
    line.replaceChildren(...other.childNodes);
    main().dataset.home = next.dataset.home || "";
    place = next.dataset.look;
  }

  function replace(next) {
    main().replaceWith(next);
    document.dispatchEvent(new Event("shown"));
    sections().forEach(Ballot.settle);
  }

  // move comes to another question of the event, or to none. Who hears the page is told
  // the new heading, unless they are about to read something else of it.
  function move(next) {
    replace(next);
    place = next.dataset.look || place;
    const heading = next.querySelector("h1");
    document.title = heading.textContent;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
    showHome();
    takeUp();
  }

  // showHome keeps the event's address, which a reload follows, in place of the poll's.
  function showHome() {
    const { home } = main().dataset;
    if (home && location.pathname + location.search !== home) history.replaceState(null, "", home);
  }

  const takeUp = () => ballots().forEach((b) => b.takeUp());

  // check asks the poll's own address what this browser has voted, where the page of
  // several does not know it.
  async function check(section) {
    try {
      const { main: page } = await ask(section.dataset.unsure, {});
      const next = page && sectionOf(section.dataset.poll, page);
      const ballot = ballotOf(section);
      if (next && section.isConnected && !ballot.sending) ballot.adopt(next, true);
    } catch (_) {
      // then it shows what the page knows
    }
  }

  showHome();
  takeUp();
  sections().filter((s) => s.dataset.unsure).forEach(check);
}
