// The big screen's line to the server: the newest figures of a poll, and whether they
// are. What can't be reached is said, with the time of the last figures known to be good.
"use strict";

// follow calls told with each tally of a poll, state with "live", "late" (the server
// can't reach the count), "lost" (no server) or "gone" (no poll) and the time of the
// figures, and returns a function that ends it.
function follow(poll, told, state) {
  let good = new Date(document.querySelector("main").dataset.asOf);
  let now = "";
  // Websocket first: then several servers need no sticky sessions. A proxy that swallows
  // websockets gets polling, with time enough for a slow network.
  const socket = io({ transports: ["websocket", "polling"], tryAllTransports: true, timeout: 4000, reconnectionDelay: 500 });
  socket.io.on("error", (e) => {
    if (e.message !== "timeout") return;
    socket.io.opts.transports = ["polling", "websocket"];
    socket.io.timeout(20000);
  });
  const become = (next) => state(now = next, good);

  socket.on("connect", () => {
    // A room sees what anyone may, whoever opened the page.
    socket.emit("subscribe", { channel: poll, room: true }, (answer) => {
      if (answer && answer.error) become("late");
    });
  });
  socket.on("tally", (t) => {
    if (t.poll !== poll) return;
    good = new Date(t.as_of);
    told(t); // they come in order; a store that was restored counts from an earlier seq
    become("live");
  });
  socket.on("stale", (s) => {
    if (s.poll !== poll) return;
    if (s.as_of) good = new Date(s.as_of);
    become(s.stale ? "late" : "live");
  });
  socket.on("gone", () => become("gone"));
  socket.on("disconnect", () => become("lost"));
  socket.on("connect_error", () => become("lost"));
  socket.io.on("ping", () => { if (now === "live") good = new Date(); });
  return () => socket.close();
}
