// The organiser's page works without this script. With it the list follows what
// happens, and a button changes its poll on the page as it is: nothing that is being
// typed gets lost.
"use strict";

{
  const every = 1500; // ms between two looks at the list
  const patience = 8000; // for an answer to one
  const calm = 500; // for so long after something moved, a click may have been meant for what was there before
  const list = document.getElementById("polls");
  const said = document.getElementById("said"); // and its data: what there is to say
  const ask = document.querySelector("form[action='/admin/polls']");

  let moved = performance.now();
  let tag = ""; // of the page as we have it
  let timer;
  let missed = 0; // looks that brought nothing, one after the other
  let acting = false; // one button at a time

  document.addEventListener("click", hold, true);
  document.addEventListener("submit", act);
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look); // also the page that Back brings, as it was then
  addEventListener("pageshow", recall);
  ask.addEventListener("submit", remember);
  addEventListener("pagehide", () => clearTimeout(timer));

  // hold swallows a click on what was not there when the finger began to move.
  function hold(e) {
    if (performance.now() - moved >= calm || !e.target.closest("a, button, summary")) return;
    e.preventDefault();
    e.stopPropagation();
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
    const here = location.pathname === "/admin" ? location.search : "";
    const late = new AbortController();
    const alarm = setTimeout(() => late.abort(), patience);
    try {
      const answer = await fetch("/admin" + here, { headers: tag ? { "If-None-Match": tag } : {}, signal: late.signal });
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
    const asked = JSON.parse(sessionStorage.getItem("asked"));
    if (asked && asked.words === typed()) ask.elements.namedItem("id").value = asked.id;
  }

  function typed() {
    return ["question", "options"].map((name) => ask.elements.namedItem(name).value).join("\n");
  }

  // act sends the form of a poll without leaving the page.
  async function act(e) {
    const form = e.target;
    const article = form.closest("article.poll");
    if (!article || !window.fetch) return;
    const button = e.submitter;
    if (!button && !form.hasAttribute("action")) return; // an old browser that does not say which: it goes there by itself
    e.preventDefault();
    if (acting) return;
    acting = true;
    said.hidden = true;
    const url = button && button.hasAttribute("formaction") ? button.getAttribute("formaction") : form.getAttribute("action");
    try {
      const answer = await fetch(url, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (answer.status !== 204) {
        const page = await read(answer);
        show(page, article);
        const wrong = page.querySelector("main > [role=alert]:not(#said)");
        if (wrong) say(wrong.textContent, "act");
      }
    } catch (e) {
      say(e.words || said.dataset.unsent, "act");
    }
    tag = "";
    acting = false;
    look();
  }

  // read returns the organiser's page from an answer, or fails with words for
  // the organiser if it is another one.
  async function read(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.getElementById("polls")) return page;
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

  // show takes over what changed. It leaves alone what the organiser has open or
  // types in, except the poll whose button was pressed.
  function show(page, pressed) {
    const focused = document.activeElement;
    const poll = focused.closest("article.poll");
    let changed = articles(page, pressed);
    for (const old of document.querySelectorAll("[data-revision]")) {
      const now = page.getElementById(old.id);
      if (now && now.dataset.revision === old.dataset.revision) continue;
      if (!now && old.closest("article")) continue; // went with its article, or stays with it
      if (busy(old) && !(pressed && pressed.contains(old))) continue;
      if (!now || now.innerHTML !== old.innerHTML) changed = changed || old.id !== "account"; // which is below everything
      if (now) old.replaceWith(added(now));
      else old.remove();
    }
    document.querySelector("main").dataset.now = page.querySelector("main").dataset.now;
    if (changed) moved = performance.now();
    keepFocus(focused, poll);
    document.dispatchEvent(new Event("shown"));
  }

  // articles adds polls that are new, in their place, and removes those that are gone.
  function articles(page, pressed) {
    let changed = false;
    for (const old of document.querySelectorAll("article.poll")) {
      if (page.getElementById(old.id) || (busy(old) && old !== pressed)) continue;
      old.remove();
      changed = true;
    }
    let before = null;
    for (const now of page.querySelectorAll("#polls > article")) {
      let mine = document.getElementById(now.id);
      if (!mine) {
        mine = added(now);
        if (before) before.after(mine);
        else list.prepend(mine);
        changed = true;
      }
      if (mine.parentElement === list) before = mine;
    }
    return changed;
  }

  // added is a part of a page that came, for this one. static/fields.js helps with its fields.
  function added(part) {
    const mine = document.importNode(part, true);
    document.dispatchEvent(new CustomEvent("fields", { detail: mine }));
    return mine;
  }

  // busy reports whether the organiser has something open there, or types.
  function busy(element) {
    return !!element.querySelector("details[open]") || (element.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"));
  }

  // keepFocus puts the focus where it was: on the same button or link, else on
  // the poll, else on the list.
  function keepFocus(was, poll) {
    if (was.isConnected) return;
    const same = ["formaction", "href"].map((name) => was.hasAttribute(name) && document.querySelector(`[${name}="${was.getAttribute(name)}"]`));
    const to = same.find(Boolean) || (poll && document.getElementById(poll.id)) || list;
    to.focus({ preventScroll: true });
  }
}
