// Goes with an event: when the presenter shows another poll, or none, the page is loaded
// anew, which shows that. A browser keeps the old picture until the new one is there. How
// the poll itself stands the page's own scripts follow.
"use strict";

{
  const { follow, shown } = document.querySelector("main").dataset;
  let moving;
  let stream;
  let timer;

  function open() {
    clearTimeout(timer);
    if (stream) stream.close();
    stream = new EventSource(follow);
    stream.onmessage = (message) => heard(JSON.parse(message.data));
    stream.onerror = () => {
      stream.close();
      timer = setTimeout(open, 1000 + 2000 * Math.random()); // browsers give up on some answers
    };
  }

  function heard(event) {
    clearTimeout(moving);
    if (!event.gone && event.poll === shown) return;
    moving = setTimeout(() => location.reload(), (event.spread_ms || 0) * Math.random());
  }

  if (follow) {
    open();
    addEventListener("pagehide", () => stream.close());
    addEventListener("pageshow", (event) => event.persisted && open());
  }
}
