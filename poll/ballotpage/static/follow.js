// Follows the poll of a page, or its event: by server-sent events, and where there are
// none by asking now and then. When that is no longer as the page shows it, this script
// sends "poll-changed", with which polls still take votes and, of an event, where the page
// is to look. A page that nobody sees asks nothing.
"use strict";

{
  const firstWord = 5 * 1000; // ms until a stream must have said something: proxies may hold it back
  const silence = 40 * 1000; // ms after which a stream is lost; the server speaks every 15 s
  const { poll, event: code, follow: path } = document.querySelector("main").dataset;
  const address = path || `${location.pathname.replace(/\/$/, "")}/events`;

  let stream; // undefined for none
  let timer; // until the stream is given up, or until the next try
  let telling; // a change that is about to be told

  function follow() {
    stop();
    if (document.hidden || !(poll || code)) return;
    let worked = false;
    stream = new EventSource(address);
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
      const answer = await fetch(code ? `/api/v1/codes/${code}` : `/api/v1/polls/${poll}`, { cache: "no-store" });
      const state = answer.headers.get("Popeye-State");
      if (code && answer.status === 404) told({ state: "gone" });
      else if (code && state) told((await answer.json()).event);
      else if (state) heard(state);
    } catch (_) {
      // asked again soon
    }
  }

  function heard(data) {
    if (code) told(JSON.parse(data));
    else tell(data, () => data.endsWith(".open"), some(0, 1));
  }

  // told compares an event with what the page shows of it. Its page of several questions is
  // at its own address; one alone is at the poll's, where its cookies come to.
  function told(event) {
    const alone = event.poll && !event.together;
    const look = alone ? `${event.poll === "default" ? "/" : `/p/${event.poll}`}?event=${code}` : `/e/${code}`;
    const takes = (slug) => (event.together ? (event.open || []).includes(slug) : slug !== event.poll || event.status === "open");
    tell(event.state, takes, (event.spread_ms || 0) * Math.random(), look);
  }

  // tell tells of a state, as "17.open", that is not the page's. The page's own look at the
  // server waits a moment, which is another one for each voter.
  function tell(state, takes, ms, look) {
    clearTimeout(telling);
    if (state === document.querySelector("main").dataset.state) return;
    telling = setTimeout(() => document.dispatchEvent(new CustomEvent("poll-changed", { detail: { takes, look } })), ms);
  }

  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => event.persisted && follow());
  follow();
}
