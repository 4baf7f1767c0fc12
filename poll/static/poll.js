// The voting page works without this script. With it, a vote that could not be
// sent is sent again by itself, with an id that makes the repetition harmless,
// until the page can show "recorded" or the reason why not.
"use strict";

const pauses = [1, 2, 3, 5, 8]; // seconds; the last one goes on

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  fields.set("id", newID());
  for (const b of form.querySelectorAll("button")) b.disabled = true;
  send(form.action, fields, 0);
});

async function send(url, fields, tries) {
  say("Sending your vote…");
  let seconds = pauses[Math.min(tries, pauses.length - 1)];
  try {
    const answer = await fetch(url, { method: "POST", body: fields, signal: timeout(10) });
    if (answer.redirected && answer.status >= 500) return location.reload(); // recorded; only the page is missing
    if (answer.status < 502) return show(await answer.text());
    seconds = Math.max(seconds, Number(answer.headers.get("Retry-After")) || 0);
  } catch {
    // no answer: whether it was recorded is unknown, the same id will tell
  }
  for (let left = seconds; left > 0; left--) {
    say(`Your vote is not recorded yet. Trying again in ${left} s…`);
    await new Promise((done) => setTimeout(done, 1000));
  }
  return send(url, fields, tries + 1);
}

// show puts the page that the server answered with in place of this one.
function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const main = page.querySelector("main");
  if (!main) return location.reload();
  document.querySelector("main").replaceWith(main);
  document.dispatchEvent(new Event("shown"));
  const notice = main.querySelector(".notice:not([hidden])");
  if (notice) {
    notice.tabIndex = -1;
    notice.focus();
    notice.scrollIntoView({ block: "nearest" });
  }
}

// The gate shuts on time. A vote that is on its way still gets its own answer.
document.addEventListener("shut", () => {
  for (const e of document.querySelectorAll("form button, form input, form select")) e.disabled = true;
  for (const e of document.querySelectorAll("#when, .open, legend")) e.hidden = true;
  if (!document.getElementById("sending").hidden) return;
  const line = document.getElementById("shut");
  const again = document.createElement("a");
  again.href = "";
  again.textContent = "Look again";
  line.replaceChildren("Voting has closed. ", again);
  line.hidden = false;
});

function say(text) {
  const line = document.getElementById("sending");
  for (const n of document.querySelectorAll(".notice")) n.hidden = n !== line;
  line.textContent = text;
}

// newID works on plain http too, where crypto.randomUUID does not.
function newID() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

function timeout(seconds) {
  return AbortSignal.timeout ? AbortSignal.timeout(seconds * 1000) : undefined;
}
