// Drives the official client for official_test.go and prints, one JSON line each, what it experiences.
// Usage: client.mjs <url> polling|websocket|upgrade     It leaves when its standard input ends.
import { createRequire } from "node:module";
import { once } from "node:events";

const [url, mode] = process.argv.slice(2);
const { io } = createRequire(process.env.CLIENT_MODULES + "/")("socket.io-client");
const transports = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] }[mode];
const socket = io(url, { transports, reconnectionDelay: 20, reconnectionDelayMax: 100, randomizationFactor: 0 });

const say = (what, detail) => console.log(JSON.stringify({ what, detail }));
const text = "grüße, 你好, 🗳️ \u2028 \u001e ".repeat(3000); // more than 100 kB, and the separator of polling packets

let seen = []; // since the last connect
socket.on("connect", () => (seen = ["connect"]));
socket.on("message", (m) => seen.push("message " + m.text));
socket.on("scores", (s) => {
  if (typeof s === "string") seen.push("scores " + s);
  if (seen.length === 3) converse().catch((err) => say("error", String(err)));
});
socket.on("tally", (t) => say("tally", t));
socket.on("big", (s) => say("big", s === text));
socket.on("disconnect", (why) => say("disconnect", why));

async function converse() {
  const engine = socket.io.engine;
  if (mode === "upgrade" && engine.transport.name !== "websocket") await once(engine, "upgrade");
  say("ready", [engine.transport.name, ...seen]);
  say("ack", await socket.timeout(10_000).emitWithAck("subscribe", { channel: "lunch" }));
  const [back, number] = await socket.timeout(10_000).emitWithAck("echo", text, 7);
  say("echo", back === text && number === 7);
}

process.stdin.resume().on("end", () => socket.disconnect());
