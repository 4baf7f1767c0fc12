// The organiser's pages work without this script. With it a page follows what happens,
// and a button changes its poll on the page as it is: nothing that is being typed gets
// lost.
"use strict";

{
  const every = document.getElementById("control") ? 700 : 1500; // ms between two looks at the page
  const patience = 8000; // for an answer to one
  const calm = 500; // for so long after something moved, a click may have been meant for what was there before
  const list = document.getElementById("polls"); // on the page that has them all
  const search = document.getElementById("search");
  const said = document.getElementById("said"); // and its data: what there is to say
  const ask = document.querySelector("form[action='/admin/polls']");

  let moved = performance.now();
  let fresh = null; // what came or moved then, or null for the whole page
  let tag = ""; // of the page as we have it
  let timer;
  let missed = 0; // looks that brought nothing, one after the other
  let acting = false; // one button at a time, as the page shows

  document.addEventListener("click", hold, true);
  document.addEventListener("submit", act);
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look); // also the page that Back brings, as it was then
  addEventListener("pageshow", recall);
  if (ask) ask.addEventListener("submit", remember);
  if (search) search.addEventListener("input", find);
  if (search) search.addEventListener("submit", (e) => { e.preventDefault(); find(); });
  for (const button of document.querySelectorAll("[data-copy]")) offerCopy(button);
  addEventListener("pagehide", () => clearTimeout(timer));

  // hold swallows a click on what was not there when the finger began to move. What has
  // stayed in its place takes each click.
  function hold(e) {
    const control = e.target.closest("a, button, summary");
    if (!control || performance.now() - moved >= calm || (fresh && !fresh.has(control))) return;
    e.preventDefault();
    e.stopPropagation();
  }

  // places says where everything is that takes a click, by what it does.
  function places() {
    const all = new Map();
    for (const control of document.querySelectorAll("main :is(a, button, summary)")) {
      const { x, y } = control.getBoundingClientRect();
      const does = [control.getAttribute("formaction") || control.getAttribute("href"), control.textContent, Math.round(x), Math.round(y)];
      all.set(control, does.join(" "));
    }
    return all;
  }

  // settle notes what has come, or moved, since the places were as before.
  function settle(before) {
    const same = new Set(before.values());
    moved = performance.now();
    fresh = new Set();
    for (const [control, place] of places()) if (!same.has(place)) fresh.add(control);
  }

  // look asks for the page as it is now, again and again while somebody sees it.
  async function look() {
    clearTimeout(timer);
    if (document.hidden) return;
    if (!acting) await follow();
    clearTimeout(timer);
    timer = setTimeout(look, every);
  }

  async function follow() {
    const late = new AbortController();
    const alarm = setTimeout(() => late.abort(), patience);
    try {
      const answer = await fetch(said.dataset.here, { headers: tag ? { "If-None-Match": tag } : {}, signal: late.signal });
      if (answer.status === 304) return heard();
      const page = await read(answer);
      if (acting) return; // what was asked before the button is old
      show(page);
      tag = answer.headers.get("ETag") || "";
      heard();
    } catch (e) {
      if (++missed > 1) say(e.words || said.dataset.silent, "follow");
    } finally {
      clearTimeout(alarm);
    }
  }

  function heard() {
    missed = 0;
    if (said.dataset.about === "follow") said.hidden = true;
  }

  // A question that was sent, and that Back brings again, keeps the id of its form
  // also where the browser loads the page anew: sent again, it is the same one.
  function remember() {
    sessionStorage.setItem("asked", JSON.stringify({ words: typed(), id: ask.elements.namedItem("id").value }));
  }

  function recall() {
    if (!ask) return;
    const asked = JSON.parse(sessionStorage.getItem("asked"));
    if (asked && asked.words === typed()) ask.elements.namedItem("id").value = asked.id;
  }

  function typed() {
    return ask.elements.namedItem("text").value;
  }

  // act sends the form of a poll without leaving the page.
  async function act(e) {
    const form = e.target;
    if (!form.matches("form.act") || !window.fetch) return;
    const button = e.submitter;
    if (!button) return; // an old browser that does not say which: it goes there by itself
    e.preventDefault();
    if (acting) return;
    busy(true);
    said.hidden = true;
    const sent = new URLSearchParams(new FormData(form));
    sent.delete("shown"); // hold knows better what was there under the finger
    if (button.name) sent.append(button.name, button.value);
    try {
      const answer = await fetch(button.getAttribute("formaction"), { method: "POST", body: sent });
      const page = await read(answer);
      show(page);
      const wrong = page.querySelector("main > [role=alert]:not(#said)");
      if (wrong) say(wrong.textContent, "act");
    } catch (e) {
      say(e.words || said.dataset.unsent, "act");
    }
    tag = "";
    busy(false);
    look();
  }

  function busy(now) {
    acting = now;
    document.querySelector("main").classList.toggle("acting", now);
  }

  // read returns this page from an answer, or fails with words for the organiser if it
  // is another one.
  async function read(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.getElementById("said")) return page;
    const e = new Error("another page");
    if (page.querySelector("form[action='/admin/login']")) e.words = said.dataset.signedOut;
    else if (answer.status >= 500) e.words = said.dataset.unavailable;
    throw e;
  }

  function say(words, about) {
    if (!said.hidden && said.textContent === words) return; // a screen reader has said it
    said.textContent = words;
    said.dataset.about = about;
    said.hidden = false;
  }

  // show takes over what changed. A number that moves is no reason to wait with a click.
  function show(page) {
    const focused = document.activeElement;
    const poll = focused.closest("article.poll");
    const before = places();
    let changed = list ? articles(page) : false;
    for (const old of document.querySelectorAll("[data-revision]")) {
      if (!old.isConnected) continue; // went with what it stood in
      const now = page.getElementById(old.id);
      if (!now || now.dataset.revision === old.dataset.revision) continue;
      if (!("live" in old.dataset) && now.innerHTML !== old.innerHTML) changed = true;
      old.replaceWith(document.importNode(now, true));
    }
    document.querySelector("main").dataset.now = page.querySelector("main").dataset.now;
    find();
    if (changed) settle(before);
    keepFocus(focused, poll);
    document.dispatchEvent(new Event("shown"));
  }

  // articles adds polls that are new, in their place, and removes those that are gone.
  function articles(page) {
    let changed = false;
    for (const old of document.querySelectorAll("article.poll")) {
      if (page.getElementById(old.id)) continue;
      old.remove();
      changed = true;
    }
    let before = null;
    for (const now of page.querySelectorAll("#polls > article")) {
      let mine = document.getElementById(now.id);
      if (!mine) {
        mine = document.importNode(now, true);
        if (before) before.after(mine);
        else list.prepend(mine);
        changed = true;
      }
      before = mine;
    }
    return changed;
  }

  // find leaves the polls that have the words which are looked for.
  function find() {
    if (!search) return;
    const words = search.elements.namedItem("q").value.trim().toLowerCase();
    let found = 0;
    for (const poll of list.children) {
      poll.hidden = !poll.querySelector("h3").textContent.toLowerCase().includes(words);
      if (!poll.hidden) found++;
    }
    document.getElementById("no-match").hidden = found > 0;
  }

  // offerCopy shows a button where the browser can copy.
  function offerCopy(button) {
    if (!navigator.clipboard) return; // only where the page came safely
    const words = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = words; }, 2000);
    });
  }

  // keepFocus puts the focus where it was: on the same button or link, or on what it has
  // become, else on the poll, else on the list.
  function keepFocus(was, poll) {
    if (was.isConnected) return;
    const same = ["formaction", "href"].map((name) => was.hasAttribute(name) && document.querySelector(`[${name}="${was.getAttribute(name)}"]`));
    const turned = was.id && document.getElementById(was.id);
    const to = same.find(Boolean) || turned || (poll && document.getElementById(poll.id)) || list || document.querySelector("h1");
    if (!to.matches("a, button, [tabindex]")) to.tabIndex = -1;
    to.focus({ preventScroll: true });
  }
}
