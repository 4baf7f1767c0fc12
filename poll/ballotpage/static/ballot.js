// One ballot on the page: a section with a poll's question, its form and what is told of
// the vote. A vote that could not be sent is sent again by itself, with an id that makes
// the repetition harmless, until we have answered, even by a page that was opened later.
// Nothing that is said moves the form: what was tapped stays under the finger.
"use strict";

// ask returns an answer that was read to its end. Ours bear a mark; what a script is
// answered is <main> alone.
const ask = async (url, options, limit = new AbortController()) => {
  const timer = setTimeout(() => limit.abort(), 10 * 1000);
  try {
    const answer = await fetch(url, Object.assign({ cache: "no-store", signal: limit.signal, headers: { "Popeye-Script": "1" } }, options));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { status: answer.status, headers: answer.headers, main: page.querySelector("main"), mark: answer.headers.get("Popeye-Answer") };
  } finally {
    clearTimeout(timer);
  }
};

const Ballot = (() => {
  const pauses = [1, 2, 3, 5, 8]; // seconds; the last one goes on
  const calm = 500; // ms after an answer, in which nothing is taken

  // newID works on plain http too, where crypto.randomUUID does not.
  const newID = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  const formOf = (root) => root.querySelector("form[method=post]");
  const controls = (form) => Array.from(form.querySelectorAll("button, input, select"));
  const chosen = (form) => new URLSearchParams(new FormData(form)).toString();
  const shown = () => document.dispatchEvent(new Event("shown"));

  // asked is all that a voter is asked: the question, how to answer, and each option.
  function asked(root) {
    const options = Array.from(answers.of(formOf(root))).map(([name, c]) => [name, c.length, c[0].options ? c[0].options.length : c[0].max, answers.label(c[0])]);
    const buttons = Array.from(root.querySelectorAll("button[name=vote]")).map((b) => [b.value, answers.label(b)]);
    return JSON.stringify([root.querySelector(".question").textContent, root.querySelector("legend").textContent, options.sort(), buttons]);
  }

  // carry keeps what was chosen for an option that both forms have.
  function carry(old, form) {
    for (const [name, held] of answers.of(form)) {
      const before = old.get(name);
      if (before && answers.unsent(before) && answers.label(before[0]) === answers.label(held[0])) answers.write(held, answers.now(before));
    }
  }

  return class {
    // answered is called with what became of a vote, or with nothing if another tab has
    // sent a newer one.
    constructor(root, answered) {
      this.root = root;
      this.answered = answered;
      this.sending = undefined; // the vote on its way: how to try it again at once
    }

    get poll() { return this.root.dataset.poll; }

    get form() { return formOf(this.root); }

    line(name) { return this.root.querySelector(`[data-line=${name}]`); }

    isShut() { return !this.form || this.form.classList.contains("shut"); }

    // settle takes nothing from a section's form that has just come.
    static settle(root) {
      const form = formOf(root);
      if (!form) return;
      form.setAttribute("aria-busy", "true");
      setTimeout(() => form.removeAttribute("aria-busy"), calm);
    }

    // vote takes the form to be sent.
    vote(button) {
      const { form } = this;
      if (this.isShut() || form.hasAttribute("aria-busy")) return;
      const fields = new URLSearchParams(new FormData(form)); // older browsers leave the button out
      if (button && button.name && form.contains(button)) fields.append(button.name, button.value);
      const id = newID();
      fields.set("id", id);
      this.send(outbox.keep(this.poll, form.elements.edition.value, id, fields.toString()), button);
    }

    // send sends a vote until it is answered. The first tap counts: until half a second
    // after the answer, no other one does.
    async send(letter, button) {
      const { form } = this;
      form.setAttribute("aria-busy", "true");
      this.tell("unsent");
      if (button) button.classList.add("sending");
      const sent = chosen(form);
      const answer = await this.untilAnswered(form.action, letter);
      this.sending = undefined;
      outbox.answered(letter, Boolean(answer && answer.mark === "recorded"));
      if (button) button.classList.remove("sending");
      this.tell("sending");
      setTimeout(() => form.removeAttribute("aria-busy"), calm);
      const kept = answer && answer.mark === "recorded" && chosen(form) === sent; // else it was changed since
      if (kept) answers.of(form).forEach((c) => answers.settle(c, answers.now(c)));
      this.answered(this, answer);
    }

    // untilAnswered sends a vote again and again until an answer has our mark. A
    // network's page to sign in, or an error of a proxy, is none. It returns nothing if a
    // newer vote has taken its place.
    async untilAnswered(url, letter) {
      for (let tries = 0; outbox.newest(letter); tries++) {
        if (tries === 0) this.tell("sending", words("voting.script.sending"));
        let seconds = pauses[Math.min(tries, pauses.length - 1)];
        let code = "voting.script.retry";
        const limit = new AbortController();
        this.sending = { again: () => limit.abort() };
        try {
          const answer = await ask(url, { method: "POST", body: new URLSearchParams(letter.fields), redirect: "manual" }, limit);
          if (answer.mark) return answer;
          seconds = Math.max(seconds, Math.min(60, Number(answer.headers.get("Retry-After")) || 0));
          if (answer.status < 500) code = "voting.script.retry_sign_in";
        } catch (_) {
          // whether it was recorded is unknown, the same id will tell
          if (navigator.onLine === false) code = "voting.script.retry_offline";
        }
        this.tell("sending", words(code, { Seconds: seconds }));
        await new Promise((done) => {
          const timer = setTimeout(done, seconds * 1000);
          this.sending = { again: () => (clearTimeout(timer), done()) };
        });
      }
      return undefined;
    }

    // takeUp sends what an earlier page has left.
    takeUp() {
      const { form } = this;
      const letter = form && !this.sending && outbox.left(this.poll, form.elements.edition.value);
      if (!letter) return;
      const fields = new URLSearchParams(letter.fields);
      if (form.elements.event) fields.set("event", form.elements.event.value); // the answer is for this page
      letter.fields = fields.toString();
      for (const [name, held] of answers.of(form)) {
        if (held[0].type === "checkbox") answers.write(held, String(fields.getAll("vote").includes(held[0].value)));
        else answers.write(held, fields.get(name) || "");
      }
      shown();
      this.send(letter, Array.from(form.querySelectorAll("button[name=vote]")).find((b) => b.value === fields.get("vote")));
    }

    // adopt takes over what the server says of the poll now. The form is filled with what
    // is recorded, or, if the vote was refused, with what was sent. It returns the section
    // on the page.
    adopt(next, recorded) {
      if (!this.form) return this.replace(next);
      const [see, other] = [this.root, next].map((root) => root.querySelector(".see"));
      if (see && other) see.href = other.href; // with a pass, where a vote shows the result
      this.line("outcome").replaceChildren(...next.querySelector("[data-line=outcome]").childNodes);
      this.adoptTimes(next.querySelector(".when"));
      this.adoptHistory(next.querySelector(".history"));
      const gate = next.querySelector(".gate");
      if (!formOf(next)) this.shut(gate ? gate.textContent : "");
      else if (asked(next) === asked(this.root)) this.reopen(formOf(next), recorded);
      else this.offer(next);
      shown();
      this.showUnsent();
      return this.root;
    }

    replace(next) {
      this.root.replaceWith(next);
      this.constructor.settle(next);
      shown();
      return next;
    }

    // refuse shows an error that tells of nothing else.
    refuse(main) {
      if (!this.line("outcome")) return;
      this.line("outcome").replaceChildren(...main.querySelectorAll(".notice"));
      if (main.dataset.code === "no_poll") this.shut("");
    }

    // adoptTimes keeps the line of the schedule at its height.
    adoptTimes(times) {
      const line = this.root.querySelector(".when");
      if (!line) return;
      line.classList.toggle("unseen", !times);
      if (times) line.replaceChildren(...times.childNodes);
    }

    // adoptHistory is free to grow: it is below the form.
    adoptHistory(history) {
      const old = this.root.querySelector(".history");
      if (old) old.remove();
      if (history) this.form.after(history);
    }

    shutNow() {
      if (!this.sending && !this.isShut()) this.shut(words("voting.script.closed"));
    }

    // shut leaves the form where it is, and takes nothing from it. The text is "" where
    // the outcome says it.
    shut(text) {
      this.tell("shut", text);
      if (!this.form) return;
      this.form.classList.add("shut");
      for (const e of controls(this.form)) e.disabled = e.type !== "hidden";
      for (const e of this.root.querySelectorAll(".open")) e.hidden = true;
    }

    // reopen fills the form with what is recorded; what was chosen since and not sent
    // stays.
    reopen(next, recorded) {
      const { form } = this;
      this.tell("shut");
      form.classList.remove("shut");
      for (const e of controls(form)) {
        e.disabled = false;
        const other = e.name && controls(next).find((o) => o.name === e.name && (e.type === "hidden" || o.value === e.value));
        if (!other) continue;
        if (e.type === "hidden") e.value = other.value;
        else if (e.localName === "button") e.setAttribute("aria-pressed", other.getAttribute("aria-pressed"));
      }
      if (recorded) this.fill(answers.of(next));
      const [sends, other] = [form, next].map((f) => f.querySelector(".primary"));
      if (sends) sends.textContent = other.textContent;
    }

    // fill makes what another form holds the recorded answers of this one.
    fill(theirs) {
      for (const [name, held] of answers.of(this.form)) {
        const value = answers.now(theirs.get(name));
        const kept = answers.unsent(held) ? answers.now(held) : value;
        answers.settle(held, value);
        answers.write(held, kept);
      }
    }

    // showUnsent: what was changed and not sent must not look recorded.
    showUnsent() {
      const { form } = this;
      const good = this.root.querySelector("[data-line=outcome] .notice.good");
      const changed = !this.isShut() && !this.sending && Array.from(answers.of(form).values()).some(answers.unsent);
      for (const e of [good, this.root.querySelector("[data-line=outcome] .none")]) if (e) e.hidden = changed;
      if (form) form.classList.toggle("changed", changed);
      if (!changed) return this.tell("unsent");
      if (!good) return this.tell("unsent", words("voting.script.first_unsent"));
      return this.tell("unsent", ...sentence("voting.script.unsent", { Vote: good.querySelector("strong").cloneNode(true) }));
    }

    // offer lets the voter see another poll than the one on this page, which takes
    // nothing any more. Nothing changes by itself under a finger.
    offer(next) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button small";
      button.textContent = words("voting.script.look_again");
      const old = this.form;
      button.addEventListener("click", () => {
        this.replace(next);
        if (formOf(next)) carry(answers.of(old), formOf(next));
        shown();
        next.dispatchEvent(new Event("change", { bubbles: true }));
      });
      this.shut("");
      this.tell("shut", `${words("voting.script.changed")} `, button);
    }

    // tell shows one of the lines below the form; without words it hides it.
    tell(name, ...said) {
      const line = this.line(name);
      if (!line) return;
      line.hidden = said.length === 0 || said[0] === "";
      this.line("outcome").hidden = Boolean(this.line("sending")) && !this.line("sending").hidden;
      if (said.length > 1 || line.textContent !== said[0]) line.replaceChildren(...said);
      const lines = line.closest(".lines");
      if (lines) lines.tabIndex = lines.scrollHeight > lines.clientHeight ? 0 : -1; // a keyboard scrolls it
    }
  };
})();
