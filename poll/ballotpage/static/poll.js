// The voting page works without this script. With it, a vote that could not be
// sent is sent again by itself, with an id that makes the repetition harmless,
// until we have answered, even by a page that was opened later; and the page follows its
// poll, as follow.js tells it, and what other tabs record.
// Nothing that is said moves the form: what was tapped stays under the finger.
"use strict";

{
  const pauses = [1, 2, 3, 5, 8]; // seconds; the last one goes on
  const calm = 500; // ms after an answer, in which nothing is taken
  const patience = 10 * 1000; // ms for one answer
  const script = { "Popeye-Script": "1" }; // asks for <main> alone
  const byID = (id) => document.getElementById(id);
  const main = () => document.querySelector("main");
  const ballot = (root = main()) => root.querySelector("form[method=post]");

  let sending; // the vote on its way: how to try it again at once
  let tapped; // the last button: browsers before 2021 don't say what sent a form
  let news = false; // the poll has changed while a vote was on its way
  let looks = 0; // how often the page was looked at
  let later; // when that is tried again
  let place = main().dataset.look || location.href; // where the page is looked at again

  document.addEventListener("click", (event) => (tapped = event.target.closest("button")), true);

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form !== ballot()) return;
    event.preventDefault();
    if (form.hasAttribute("aria-busy") || form.classList.contains("shut")) return;
    vote(form, event.submitter || tapped);
  });

  // vote takes the form to be sent.
  function vote(form, button) {
    const fields = new URLSearchParams(new FormData(form)); // older browsers leave the button out
    if (button && button.name && form.contains(button)) fields.append(button.name, button.value);
    const id = newID();
    fields.set("id", id);
    send(form, outbox.keep(main().dataset.poll, form.elements.edition.value, id, fields.toString()), button);
  }

  // send sends a vote until it is answered. The first tap counts: until half a second
  // after the answer, no other one does.
  async function send(form, letter, button) {
    form.setAttribute("aria-busy", "true");
    tell("unsent");
    if (button) button.classList.add("sending");
    const sent = chosen(form);
    const answer = await untilAnswered(form.action, letter);
    sending = undefined;
    outbox.answered(letter, Boolean(answer && answer.recorded));
    if (button) button.classList.remove("sending");
    tell("sending");
    setTimeout(() => form.removeAttribute("aria-busy"), calm);
    if (!answer) return look(); // another tab has sent a newer one
    if (answer.recorded && chosen(form) === sent) answers.of(form).forEach((c) => answers.settle(c, answers.now(c))); // else it was changed since
    adopt(answer.page, answer.recorded);
    return news && look();
  }

  // untilAnswered sends a vote again and again until an answer has our mark. A
  // network's page to sign in, or an error of a proxy, is none. It returns nothing if a
  // newer vote has taken its place.
  async function untilAnswered(url, letter) {
    for (let tries = 0; outbox.newest(letter); tries++) {
      if (tries === 0) tell("sending", words("voting.script.sending"));
      let seconds = pauses[Math.min(tries, pauses.length - 1)];
      let code = "voting.script.retry";
      try {
        const answer = await request(url, { method: "POST", body: new URLSearchParams(letter.fields), redirect: "manual" });
        const mark = answer.headers.get("Popeye-Answer");
        if (mark) return { recorded: mark === "recorded", page: parse(answer.text) };
        seconds = Math.max(seconds, Math.min(60, Number(answer.headers.get("Retry-After")) || 0));
        if (answer.status < 500) code = "voting.script.retry_sign_in";
      } catch (_) {
        // whether it was recorded is unknown, the same id will tell
        if (navigator.onLine === false) code = "voting.script.retry_offline";
      }
      tell("sending", words(code, { Seconds: seconds }));
      await new Promise((done) => {
        const timer = setTimeout(done, seconds * 1000);
        sending = { again: () => (clearTimeout(timer), done()) };
      });
    }
    return undefined;
  }

  // request returns an answer that was read to its end.
  async function request(url, options) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), patience);
    if (options.method) sending = { again: () => limit.abort() };
    try {
      const answer = await fetch(url, Object.assign({ cache: "no-store", signal: limit.signal, headers: script }, options));
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    } finally {
      clearTimeout(timer);
    }
  }

  // A vote that waits is tried at once when there is a network again, or when the
  // page comes back from the browser's memory, where its request was lost.
  addEventListener("online", () => sending && sending.again());
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    if (sending) sending.again();
    else look();
  });
  outbox.watch(() => main().dataset.poll, () => (sending ? sending.again() : look()), () => sending && sending.again());

  // What an earlier page has left is sent by this one.
  function takeUp() {
    const form = ballot();
    const letter = form && outbox.left(main().dataset.poll, form.elements.edition.value);
    if (!letter) return;
    const fields = new URLSearchParams(letter.fields);
    if (form.elements.event) fields.set("event", form.elements.event.value); // the answer is for this page
    letter.fields = fields.toString();
    for (const [name, controls] of answers.of(form)) {
      if (controls[0].type === "checkbox") answers.write(controls, String(fields.getAll("vote").includes(controls[0].value)));
      else answers.write(controls, fields.get(name) || "");
    }
    document.dispatchEvent(new Event("shown"));
    send(form, letter, Array.from(form.querySelectorAll("button[name=vote]")).find((b) => b.value === fields.get("vote")));
  }

  // look asks for the page as it is now, and adopts it. Of several answers the one that was
  // asked for last counts: an older one may show the question before. One that does not
  // come is asked for again.
  async function look() {
    const mine = ++looks;
    clearTimeout(later);
    news = Boolean(sending); // a vote on its way still gets its own answer
    if (news) return;
    try {
      const answer = await request(place, {});
      if (mine !== looks) return;
      const page = parse(answer.text);
      const known = page.querySelector("main[data-state]");
      if (sending) news = true;
      else if (known || answer.headers.get("Popeye-Answer")) adopt(page, true);
      else lookLater();
    } catch (_) {
      if (mine === looks) lookLater();
    }
  }

  function lookLater() {
    later = setTimeout(look, 1000 * (2 + 3 * Math.random()));
  }

  document.addEventListener("poll-changed", (event) => {
    const { status, look: next } = event.detail;
    if (next) place = next;
    if (!sending && status !== "open") shutNow();
    look();
  });
  document.addEventListener("shut", () => sending || shutNow()); // times.js: on time

  function shutNow() {
    if (ballot() && !ballot().classList.contains("shut")) shut(words("voting.script.closed"));
  }

  // adopt takes over what a page from the server says. Its form is filled with what
  // is recorded, or, if the vote was refused, with what was sent.
  function adopt(page, recorded) {
    const next = page.querySelector("main");
    if (!next) return;
    if (!next.dataset.state) return adoptError(next);
    if (next.dataset.poll !== main().dataset.poll) return move(next);
    if ("front" in main().dataset && !ballot(next)) return;
    if (!ballot()) return replace(next);
    Object.assign(main().dataset, { now: next.dataset.now, state: next.dataset.state });
    adoptEvent(next);
    const [see, other] = [main(), next].map((root) => root.querySelector(".see"));
    if (see && other) see.href = other.href; // with a pass, where a vote shows the result
    byID("outcome").replaceChildren(...next.querySelector("#outcome").childNodes);
    adoptTimes(next);
    adoptHistory(next.querySelector("#history"));
    const gate = next.querySelector("#gate");
    if (!ballot(next)) shut(gate ? gate.textContent : "");
    else if (asked(next) === asked(main())) reopen(ballot(next), recorded);
    else offer(next);
    document.dispatchEvent(new Event("shown"));
    showUnsent();
  }

  // adoptError shows a page that tells of nothing but an error.
  function adoptError(next) {
    if (next.dataset.code === "no_code") return move(next);
    if (!byID("outcome")) return;
    byID("outcome").replaceChildren(...next.querySelectorAll(".notice"));
    if (next.dataset.code !== "no_poll") return;
    main().dataset.state = "gone";
    shut("");
  }

  // adoptEvent keeps what is said of the event, in one line above the question.
  function adoptEvent(next) {
    const [line, other] = [main(), next].map((root) => root.querySelector(".evening"));
    if (!line || !other) return;
    line.replaceChildren(...other.childNodes);
    main().dataset.home = next.dataset.home || "";
    place = next.dataset.look;
  }

  // adoptTimes keeps the line of the schedule at its height.
  function adoptTimes(next) {
    const [line, other] = [byID("when"), next.querySelector("#when")];
    if (!line) return;
    line.classList.toggle("unseen", !other);
    if (other) line.replaceChildren(...other.childNodes);
  }

  // adoptHistory is free to grow: it is below the form.
  function adoptHistory(history) {
    if (byID("history")) byID("history").remove();
    if (history) ballot().after(history);
  }

  function replace(next) {
    main().replaceWith(next);
    document.dispatchEvent(new Event("shown"));
    settle();
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

  // settle takes nothing from a form that has just come.
  function settle() {
    const form = ballot();
    if (!form) return;
    form.setAttribute("aria-busy", "true");
    setTimeout(() => form.removeAttribute("aria-busy"), calm);
  }

  // shut leaves the form where it is, and takes nothing from it. The text is "" where
  // the outcome says it.
  function shut(text) {
    tell("shut", text);
    if (!ballot()) return;
    ballot().classList.add("shut");
    for (const e of controls()) e.disabled = e.type !== "hidden";
    for (const e of document.querySelectorAll(".open")) e.hidden = true;
  }

  // reopen fills the form with what is recorded; what was chosen since and not sent
  // stays.
  function reopen(next, recorded) {
    tell("shut");
    ballot().classList.remove("shut");
    for (const e of controls()) {
      e.disabled = false;
      const other = e.name && controls(next).find((o) => o.name === e.name && (e.type === "hidden" || o.value === e.value));
      if (!other) continue;
      if (e.type === "hidden") e.value = other.value;
      else if (e.localName === "button") e.setAttribute("aria-pressed", other.getAttribute("aria-pressed"));
    }
    if (recorded) fill(answers.of(next));
    const [sends, other] = [ballot(), next].map((form) => form.querySelector(".primary"));
    if (sends) sends.textContent = other.textContent;
  }

  // fill makes what another form holds the recorded answers of this one.
  function fill(theirs) {
    for (const [name, controls] of answers.of(ballot())) {
      const value = answers.now(theirs.get(name));
      const held = answers.unsent(controls) ? answers.now(controls) : value;
      answers.settle(controls, value);
      answers.write(controls, held);
    }
  }

  const chosen = (form) => new URLSearchParams(new FormData(form)).toString();

  // What was changed and not sent must not look recorded.
  document.addEventListener("input", showUnsent);
  document.addEventListener("change", showUnsent);

  function showUnsent() {
    const form = ballot();
    const good = document.querySelector("#outcome .notice.good");
    const changed = Boolean(form) && !sending && !form.classList.contains("shut") && Array.from(answers.of(form).values()).some(answers.unsent);
    for (const e of [good, document.querySelector("#outcome .none")]) if (e) e.hidden = changed;
    if (form) form.classList.toggle("changed", changed);
    if (!changed) return tell("unsent");
    if (!good) return tell("unsent", words("voting.script.first_unsent"));
    return tell("unsent", ...sentence("voting.script.unsent", { Vote: good.querySelector("strong").cloneNode(true) }));
  }

  // offer lets the voter see another poll than the one on this page, which takes
  // nothing any more. Nothing changes by itself under a finger.
  function offer(next) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = words("voting.script.look_again");
    button.addEventListener("click", () => {
      const old = answers.of(ballot());
      replace(next);
      if (ballot()) carry(old);
    });
    shut("");
    tell("shut", `${words("voting.script.changed")} `, button);
  }

  // carry keeps what was chosen for an option that both forms have.
  function carry(old) {
    for (const [name, controls] of answers.of(ballot())) {
      const before = old.get(name);
      if (before && answers.unsent(before) && answers.label(before[0]) === answers.label(controls[0])) answers.write(controls, answers.now(before));
    }
    document.dispatchEvent(new Event("shown"));
    showUnsent();
  }

  const controls = (form = ballot()) => Array.from(form.querySelectorAll("button, input, select"));

  // asked is all that a voter is asked: the question, how to answer, and each option.
  function asked(root) {
    const options = Array.from(answers.of(ballot(root))).map(([name, c]) => [name, c.length, c[0].options ? c[0].options.length : c[0].max, answers.label(c[0])]);
    const buttons = Array.from(root.querySelectorAll("button[name=vote]")).map((b) => [b.value, answers.label(b)]);
    return JSON.stringify([root.querySelector("h1").textContent, root.querySelector("legend").textContent, options.sort(), buttons]);
  }

  // tell shows one of the lines below the form; without words it hides it.
  function tell(id, ...said) {
    const line = byID(id);
    if (!line) return;
    line.hidden = said.length === 0 || said[0] === "";
    byID("outcome").hidden = Boolean(byID("sending")) && !byID("sending").hidden;
    if (said.length > 1 || line.textContent !== said[0]) line.replaceChildren(...said);
    const lines = line.closest(".lines");
    if (lines) lines.tabIndex = lines.scrollHeight > lines.clientHeight ? 0 : -1; // a keyboard scrolls it
  }

  function parse(html) {
    return new DOMParser().parseFromString(html, "text/html");
  }

  // newID works on plain http too, where crypto.randomUUID does not.
  function newID() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  }

  showHome();
  takeUp();
}
