// The private wiki, a process of its own in its namespace: nothing else is there.
import { createServer } from "node:net";

createServer((socket) => {
  // A caller that vanished is no matter of ours.
  socket.on("error", () => socket.destroy());
  socket.end(`the wiki sees ${socket.remoteAddress ?? "nobody"}\n`);
}).listen(443, "0.0.0.0");
