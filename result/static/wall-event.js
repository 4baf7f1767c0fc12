// The screen of an event: when the presenter shows another poll, or none, that takes the
// place of what is shown, on the same page. So full screen stays, and so do a theme that
// was chosen and a blank screen.
"use strict";

{
  let screen = begin();
  wallKeys({ step: (n) => screen.step(n), reveal: () => screen.reveal() });

  // begin makes live what the page shows: a poll, or the way to join until there is one.
  function begin() {
    const main = document.querySelector("main");
    if (main.querySelector("#tally")) return showWall(main);
    return { step: () => {}, reveal: () => {}, end: () => {} };
  }

  document.addEventListener("moved", (event) => {
    event.preventDefault(); // the page need not be loaded again
    move(event.detail);
  });

  document.addEventListener("joined", ({ detail: n }) => {
    const line = document.getElementById("joined");
    if (!line) return;
    line.hidden = n === 0;
    line.dataset.told = n;
    put(line, words("wall.joined", { Count: n, Number: figures.whole(n) }));
  });

  // move brings what the event shows; is says whether that is still wanted.
  async function move(is) {
    let next;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      next = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!answer.ok && !next.querySelector("main")) throw new Error(answer.statusText);
    } catch (_) {
      setTimeout(() => is() && move(is), 1000 + 2000 * Math.random());
      return;
    }
    if (!is()) return;
    if (!next.querySelector("main[data-follow]")) location.reload(); // the event is gone
    else take(next);
  }

  function take(next) {
    const [old, main] = [document.querySelector("main"), next.querySelector("main")];
    screen.end();
    if (old.dataset.theme) main.dataset.theme = old.dataset.theme;
    main.classList.toggle("is-blank", old.classList.contains("is-blank"));
    document.body.className = next.body.className;
    document.title = next.title;
    old.replaceWith(main);
    screen = begin();
    document.dispatchEvent(new Event("shown"));
  }
}
