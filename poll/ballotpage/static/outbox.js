// A vote that is on its way, kept in the browser until it is answered: a page that was
// closed or reloaded without a network sends it again, with the same id. One for each
// poll as it is worded. Of two tabs the newer vote goes out; the older one is given up.
"use strict";

const outbox = (() => {
  const keptFor = 12 * 3600 * 1000; // ms
  const waiting = (poll, edition) => `popeye-vote ${poll} ${edition}`;
  const last = (poll) => `popeye-last ${poll}`;

  function get(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch (_) { // not ours, or there is no storage
      return null;
    }
  }

  function set(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch (_) {
      // the page itself still keeps it
    }
  }

  function remove(key) {
    try {
      localStorage.removeItem(key);
    } catch (_) {
      // nor was it kept
    }
  }

  // keep takes a vote to be sent, and returns it.
  function keep(poll, edition, id, fields) {
    const vote = { poll, edition, id, fields, since: Date.now() };
    set(waiting(poll, edition), vote);
    return vote;
  }

  // left returns the vote that an earlier page has left.
  function left(poll, edition) {
    const vote = get(waiting(poll, edition));
    const fits = vote && vote.poll === poll && typeof vote.id === "string" && typeof vote.fields === "string" && Date.now() - vote.since < keptFor;
    if (fits && newest(vote)) return vote;
    remove(waiting(poll, edition));
    return undefined;
  }

  // newest reports whether no tab has sent, or waits to send, a newer vote.
  function newest(vote) {
    const [other, sent] = [get(waiting(vote.poll, vote.edition)), get(last(vote.poll))];
    return !(other && other.id !== vote.id && other.since >= vote.since) && !(sent && sent.id !== vote.id && sent.since > vote.since);
  }

  // answered forgets a vote; one that was recorded is told to the other tabs.
  function answered(vote, recorded) {
    const kept = get(waiting(vote.poll, vote.edition));
    if (kept && kept.id === vote.id) remove(waiting(vote.poll, vote.edition));
    if (recorded) set(last(vote.poll), { id: vote.id, since: vote.since });
  }

  // watch calls back when another tab has recorded a vote in a poll, or taken one to be sent.
  function watch(heard) {
    addEventListener("storage", (event) => {
      const [what, poll] = (event.key || "").split(" "); // no slug holds a space
      if (what === "popeye-last") heard(poll, true);
      else if (what === "popeye-vote" && event.newValue) heard(poll, false);
    });
  }

  return { keep, left, newest, answered, watch };
})();
