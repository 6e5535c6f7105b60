// The emulated machine's line to its host: it asks for the time, which it gets ten times a second, and
// to be paused with all its clocks. A machine that went to sleep by itself is woken.
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const pauseMs = 30_000;
/** Longer than a lease of the scenarios. */
const asleepMs = 75_000;
const tickMs = 100;
const turnMs = 200;

/** Where the emulator listens: for the machine's line, and for commands. */
export interface HostSockets {
  readonly line: string;
  readonly control: string;
}

/** What the emulator is told to make of them. */
export function hostDevices({ line, control }: HostSockets): readonly string[] {
  const devices = {
    device: ["virtio-serial-pci", "virtserialport,chardev=host,name=sallyport.host"],
    chardev: [`socket,id=host,path=${line},server=on,wait=off`],
    qmp: [`unix:${control},server=on,wait=off`],
  };
  return Object.entries(devices).flatMap(([kind, all]) => all.flatMap((one) => [`-${kind}`, one]));
}

/** Serves the line until the machine ends; the answer takes it down. */
export async function serveHostLine(sockets: HostSockets): Promise<() => void> {
  const [line, control] = await Promise.all([open(sockets.line), open(sockets.control)]);
  const order = (execute: string) => control.write(`${JSON.stringify({ execute })}\n`);
  order("qmp_capabilities");
  const timers: NodeJS.Timeout[] = [];
  const events = createInterface({ input: control }).on("line", (text) => {
    const { event } = JSON.parse(text) as { readonly event?: string };
    if (event === "SUSPEND") timers.push(setTimeout(() => order("system_wakeup"), asleepMs));
  });
  const words = createInterface({ input: line }).on("line", (word) => {
    if (word === "time") timers.push(setInterval(() => line.write(`${Date.now()}\n`), tickMs));
    if (word !== "pause") return;
    order("stop");
    timers.push(setTimeout(() => order("cont"), pauseMs));
  });
  // They hand on the errors of their sockets, which `opened` took care of.
  for (const lines of [words, events]) lines.on("error", () => lines.close());
  return () => {
    for (const timer of timers) clearTimeout(timer);
    line.destroy();
    control.destroy();
  };
}

/** The emulator needs a moment until it listens. */
async function open(path: string): Promise<Socket> {
  for (let turn = 0; ; turn += 1) {
    try {
      return await opened(path);
    } catch (cause) {
      if (turn > 50) throw cause;
      await delay(turnMs);
    }
  }
}

function opened(path: string): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(path, () => {
    socket.off("error", reject);
    // The emulator goes away when the machine switches itself off.
    socket.on("error", () => socket.destroy());
    resolve(socket);
  });
  socket.on("error", reject);
  return promise;
}
