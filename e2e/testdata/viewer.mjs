// A viewer as others write them: the official client, as it comes. It prints
// one JSON line for each event, and subscribes when it is told to on stdin.
// Usage: viewer.mjs <url> polling|websocket|upgrade
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [url, mode] = process.argv.slice(2);
const { io } = createRequire(process.env.CLIENT_MODULES + "/")("socket.io-client");
const transports = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] }[mode];
const socket = io(url, { transports, reconnectionDelay: 50, reconnectionDelayMax: 200 });
const say = (...line) => console.log(JSON.stringify(line));

socket.on("connect", () => {
  const engine = socket.io.engine;
  const upgraded = () => mode === "upgrade" && engine.transport.name === "websocket" && say("upgrade");
  if (!upgraded()) engine.on("upgrade", upgraded);
});
for (const event of ["message", "scores", "tally", "stale"]) socket.on(event, (x) => say(event, x));
socket.on("disconnect", () => say("disconnect"));
createInterface({ input: process.stdin })
  .on("line", (slug) => socket.emit("subscribe", { channel: slug }, (answer) => say("ack", answer)))
  .on("close", () => process.exit(0));
