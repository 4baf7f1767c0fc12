// Goes with an event. It sends "joined", with how many phones there are. When the presenter shows another poll, or none, this script sends
// "moved", with a function that says whether that is still so; where nobody takes that, the
// page is loaded anew. A browser keeps the old picture until the new one is there. How the
// poll itself stands the page's own scripts follow.
"use strict";

{
  const { follow } = document.querySelector("main").dataset;
  const shown = () => document.querySelector("main").dataset.shown;
  let told = shown(); // the poll of which the event told last
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
    document.dispatchEvent(new CustomEvent("joined", { detail: event.joined || 0 }));
    clearTimeout(moving);
    told = event.gone ? undefined : event.poll;
    if (told === shown()) return;
    moving = setTimeout(move, (event.spread_ms || 0) * Math.random(), told);
  }

  function move(to) {
    const moved = new CustomEvent("moved", { cancelable: true, detail: () => to === told && to !== shown() });
    if (document.dispatchEvent(moved)) location.reload();
  }

  if (follow) {
    open();
    addEventListener("pagehide", () => stream.close());
    addEventListener("pageshow", (event) => event.persisted && open());
  }
}
