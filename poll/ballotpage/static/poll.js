// The voting page works without this script. With it, a vote that could not be
// sent is sent again by itself, with an id that makes the repetition harmless,
// until we have answered; and the page follows its poll, as follow.js tells it.
// Nothing that is said moves the form: what was tapped stays under the finger.
"use strict";

{
  const pauses = [1, 2, 3, 5, 8]; // seconds; the last one goes on
  const calm = 500; // ms after an answer, in which nothing is taken
  const patience = 10 * 1000; // ms for one answer
  const byID = (id) => document.getElementById(id);
  const main = () => document.querySelector("main");
  const ballot = (root = main()) => root.querySelector("form");
  const say = JSON.parse(main().dataset.words); // every sentence, in the page's language

  let sending; // the vote on its way: how to try it again at once
  let tapped; // the last button: browsers before 2021 don't say what sent a form
  let news = false; // the poll has changed while a vote was on its way

  document.addEventListener("click", (event) => (tapped = event.target.closest("button")), true);

  document.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    if (form.hasAttribute("aria-busy") || form.classList.contains("shut")) return;
    vote(form, event.submitter || tapped);
  });

  // vote sends the form until it is answered. The first tap counts: until half a
  // second after the answer, no other one does.
  async function vote(form, button) {
    const fields = new URLSearchParams(new FormData(form)); // older browsers leave the button out
    if (button && button.name && form.contains(button)) fields.append(button.name, button.value);
    fields.set("id", newID());
    form.setAttribute("aria-busy", "true");
    tell("unsent");
    if (button) button.classList.add("sending");
    const sent = chosen(form);
    const { recorded, page } = await untilAnswered(form.action, fields);
    if (recorded && chosen(form) === sent) controls(form).forEach(settleField); // else it was changed since
    sending = undefined;
    if (button) button.classList.remove("sending");
    tell("sending");
    adopt(page, recorded);
    setTimeout(() => form.removeAttribute("aria-busy"), calm);
    if (news) look();
  }

  // untilAnswered sends a vote again and again until an answer has our mark. A
  // network's page to sign in, or an error of a proxy, is none.
  async function untilAnswered(url, body) {
    for (let tries = 0; ; tries++) {
      if (tries === 0) tell("sending", say.sending);
      let seconds = pauses[Math.min(tries, pauses.length - 1)];
      let sentence = say.retry;
      try {
        const answer = await request(url, { method: "POST", body, redirect: "manual", headers: { "Popeye-Script": "1" } });
        const mark = answer.headers.get("Popeye-Answer");
        if (mark) return { recorded: mark === "recorded", page: parse(answer.text) };
        seconds = Math.max(seconds, Math.min(60, Number(answer.headers.get("Retry-After")) || 0));
        if (answer.status < 500) sentence = say.retrySignIn;
      } catch (_) {
        // whether it was recorded is unknown, the same id will tell
        if (navigator.onLine === false) sentence = say.retryOffline;
      }
      tell("sending", sentence.replace("{seconds}", seconds));
      await new Promise((done) => {
        const timer = setTimeout(done, seconds * 1000);
        sending = { again: () => (clearTimeout(timer), done()) };
      });
    }
  }

  // request returns an answer that was read to its end.
  async function request(url, options) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), patience);
    if (options.method) sending = { again: () => limit.abort() };
    try {
      const answer = await fetch(url, Object.assign({ cache: "no-store", signal: limit.signal }, options));
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

  // look asks for the page as it is now, and adopts it.
  async function look() {
    news = Boolean(sending); // a vote on its way still gets its own answer
    if (news) return;
    try {
      const answer = await request(location.href, {});
      const page = parse(answer.text);
      const known = page.querySelector("main[data-state]");
      if (sending) news = true;
      else if (known || answer.headers.get("Popeye-Answer")) adopt(page, true);
    } catch (_) {
      // follow.js tells again
    }
  }

  document.addEventListener("poll-changed", (event) => {
    if (!sending && event.detail !== "open") shutNow();
    look();
  });
  document.addEventListener("shut", () => sending || shutNow()); // times.js: on time

  function shutNow() {
    if (ballot() && !ballot().classList.contains("shut")) shut(say.closed);
  }

  // adopt takes over what a page from the server says. Its form is filled with what
  // is recorded, or, if the vote was refused, with what was sent.
  function adopt(page, recorded) {
    const next = page.querySelector("main");
    if (!next) return;
    if (!next.dataset.state) return adoptError(next);
    if (!ballot()) return replace(next);
    Object.assign(main().dataset, { now: next.dataset.now, state: next.dataset.state });
    byID("outcome").replaceChildren(...next.querySelector("#outcome").childNodes);
    adoptTimes(next);
    adoptHistory(next.querySelector("#history"));
    const gate = next.querySelector("#gate");
    if (!ballot(next)) shut(gate ? gate.textContent : "");
    else if (words(next) === words(main())) reopen(ballot(next), recorded);
    else offer(next);
    document.dispatchEvent(new Event("shown"));
    showUnsent();
  }

  // adoptError shows a page that tells of nothing but an error.
  function adoptError(next) {
    byID("outcome").replaceChildren(...next.querySelectorAll(".notice"));
    if (next.dataset.code !== "no_poll") return;
    main().dataset.state = "gone";
    shut("");
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
      const other = twin(e, next);
      if (!other) continue;
      if (e.type === "hidden") e.value = other.value;
      else if (e.name && e.localName === "button") press(e, other);
      else if (e.name && recorded) setRecorded(e, other);
    }
    const [send, other] = [ballot().querySelector(".primary"), next.querySelector(".primary")];
    if (send) send.textContent = other.textContent;
  }

  function press(button, other) {
    button.setAttribute("aria-pressed", other.getAttribute("aria-pressed"));
    button.querySelector(".mark").textContent = other.querySelector(".mark").textContent;
  }

  // setRecorded makes the value of another field what this one is filled with by
  // default: what differs from the default was not sent.
  function setRecorded(field, other) {
    const value = unsent(field) ? read(field) : read(other);
    if (field.type === "checkbox") field.defaultChecked = other.checked;
    else for (const o of field.options) o.defaultSelected = o.value === other.value;
    write(field, value);
  }

  // settleField takes what a field holds for recorded.
  function settleField(field) {
    if (field.type === "checkbox") field.defaultChecked = field.checked;
    else if (field.localName === "select") for (const o of field.options) o.defaultSelected = o.selected;
  }

  const chosen = (form) => new URLSearchParams(new FormData(form)).toString();

  const read = (field) => (field.type === "checkbox" ? field.checked : field.value);

  function write(field, value) {
    if (field.type === "checkbox") field.checked = value;
    else field.value = value;
  }

  // unsent reports whether a field holds something else than what is recorded.
  function unsent(field) {
    if (field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.localName !== "select") return false;
    const filled = Array.from(field.options).find((o) => o.defaultSelected);
    return field.value !== (filled ? filled.value : "");
  }

  // What was changed and not sent must not look recorded.
  document.addEventListener("input", showUnsent);
  document.addEventListener("change", showUnsent);

  function showUnsent() {
    const good = document.querySelector("#outcome .notice.good");
    const send = ballot() && ballot().querySelector(".primary");
    const changed = Boolean(good && send) && !sending && !ballot().classList.contains("shut") && controls().some(unsent);
    if (good) good.hidden = changed;
    if (!changed) return tell("unsent");
    const counts = good.querySelector("strong").cloneNode(true);
    const [before, after] = say.unsent.split("{vote}");
    tell("unsent", before, counts, `${after} `, plainButton(send.textContent, () => send.click()));
  }

  // offer lets the voter see another poll than the one on this page, which takes
  // nothing any more. Nothing changes by itself under a finger.
  function offer(next) {
    const button = plainButton(say.lookAgain, () => {
      const old = ballot();
      replace(next);
      for (const e of controls()) carry(e, old);
    });
    shut("");
    tell("shut", `${say.changed} `, button);
  }

  function plainButton(text, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = text;
    button.addEventListener("click", act);
    return button;
  }

  // carry keeps what was chosen for an option that both forms have.
  function carry(field, old) {
    const before = twin(field, old);
    if (before && unsent(before) && label(before) === label(field)) write(field, read(before));
  }

  const controls = (form = ballot()) => Array.from(form.querySelectorAll("button, input, select"));
  const twin = (e, form) => controls(form).find((o) => o.name === e.name && (e.localName === "select" || e.type === "hidden" || o.value === e.value));

  function label(field) {
    const option = field.closest(".option");
    return option ? option.querySelector(".text").textContent : "";
  }

  // words are all that a voter is asked.
  function words(root) {
    const asked = controls(ballot(root)).filter((e) => e.type !== "hidden" && e.name);
    return JSON.stringify([
      root.querySelector("h1").textContent, root.querySelector("legend").textContent,
      asked.map((e) => [e.name, e.localName === "select" ? e.options.length : e.value, label(e)]),
    ]);
  }

  // tell shows one of the lines below the form; without words it hides it.
  function tell(id, ...said) {
    const line = byID(id);
    if (!line) return;
    line.hidden = said.length === 0 || said[0] === "";
    byID("outcome").hidden = !byID("sending").hidden;
    if (said.length > 1 || line.textContent !== said[0]) line.replaceChildren(...said);
  }

  function parse(html) {
    return new DOMParser().parseFromString(html, "text/html");
  }

  // newID works on plain http too, where crypto.randomUUID does not.
  function newID() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  }
}
