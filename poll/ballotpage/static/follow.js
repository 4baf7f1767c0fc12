// Follows the poll of a page: by server-sent events, and where there are none by
// asking now and then. When the poll is no longer as the page shows it, this script
// sends "poll-changed", with the poll's new status. A page that nobody sees asks
// nothing.
"use strict";

{
  const firstWord = 5 * 1000; // ms until a stream must have said something: proxies may hold it back
  const silence = 40 * 1000; // ms after which a stream is lost; the server speaks every 15 s
  const main = document.querySelector("main");
  const poll = main.dataset.poll;

  let stream; // undefined for none
  let timer; // until the stream is given up, or until the next try
  let telling; // a change that is about to be told

  function follow() {
    stop();
    if (document.hidden || !poll) return;
    let worked = false;
    stream = new EventSource(`${location.pathname.replace(/\/$/, "")}/events`);
    stream.onmessage = (event) => {
      worked = true;
      wait(silence, retry);
      heard(event.data);
    };
    stream.onerror = () => retry();
    wait(firstWord, retry);

    // A server that ends for an upgrade is soon back; otherwise the crowd is spread out.
    function retry() {
      stop();
      wait(worked ? some(1, 3) : some(8, 12), async () => {
        if (!worked) await ask();
        follow();
      });
    }
  }

  function stop() {
    if (stream) stream.close();
    stream = undefined;
    clearTimeout(timer);
  }

  function wait(ms, then) {
    clearTimeout(timer);
    timer = setTimeout(then, ms);
  }

  // some is a random time between two, in ms.
  function some(from, to) {
    return 1000 * (from + (to - from) * Math.random());
  }

  async function ask() {
    try {
      const answer = await fetch(`/api/v1/polls/${poll}`, { cache: "no-store" });
      const state = answer.headers.get("Popeye-State");
      if (state) heard(state);
    } catch (_) {
      // asked again soon
    }
  }

  // heard compares a state, as in "17.open", with that of the page. The page's own
  // look at the server waits a moment, which is another one for each voter.
  function heard(state) {
    const shown = document.querySelector("main").dataset.state;
    clearTimeout(telling);
    if (state === shown) return;
    telling = setTimeout(() => document.dispatchEvent(new CustomEvent("poll-changed", { detail: state.split(".").pop() })), some(0, 1));
  }

  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => event.persisted && follow());
  follow();
}
