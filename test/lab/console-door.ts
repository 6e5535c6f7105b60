// The way from a browser on this machine to the console inside the container. Outside, a port on
// loopback; inside, a socket in the container's own /run, which the outside reaches through /proc.
// Run by itself (`node console-door.ts SOCKET PORT`) it is the inner half, in the controller's namespace.
import { readFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { fileURLToPath } from "node:url";

/** Where the inner half listens, as the container sees it. */
export const doorSocket = "/run/lab/console.sock";

/** Where the console listens in the controller's namespace. */
export const consolePort = 8_440;

const portVariable = "SALLYPORT_LAB_CONSOLE_PORT";

/** The outer half. */
export interface ConsoleDoor {
  /** Tells where the inner half listens; before, and while it is null, whoever comes is turned away. */
  leadTo(socketPath: () => string | null): void;
  close(): void;
}

/** Opens the port outside, that of the console where it is free; the inside reads it from its environment. */
export async function openConsoleDoor(): Promise<ConsoleDoor> {
  let socketPath: () => string | null = () => null;
  const server = createServer((browser) => {
    const path = socketPath();
    if (path === null) browser.destroy();
    else join(browser, connect(path));
  });
  const listen = (port: number) =>
    new Promise<boolean>((resolve) => {
      const refused = () => resolve(false);
      server.once("error", refused);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", refused);
        resolve(true);
      });
    });
  if (!(await listen(consolePort))) await listen(0);
  process.env[portVariable] = String((server.address() as AddressInfo).port);
  return { leadTo: (where) => (socketPath = where), close: () => void server.close() };
}

/** The port outside by which a browser reaches the console. */
export function outerConsolePort(): number {
  return Number(process.env[portVariable] ?? 0);
}

/** Where the inner half of a container listens, as the outside reaches it; null while there is none. */
export function doorOf(unsharePid: number): string | null {
  const first = firstProcess(unsharePid);
  return first === null ? null : `/proc/${first}/root${doorSocket}`;
}

/** The container's pid 1 as the outside numbers it, or null while there is none. */
function firstProcess(unsharePid: number): number | null {
  try {
    const children = readFileSync(`/proc/${unsharePid}/task/${unsharePid}/children`, "utf8");
    const first = Number(children.trim().split(" ")[0]);
    return first > 0 ? first : null;
  } catch {
    return null;
  }
}

function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
    from.pipe(to);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , socket = "", port = ""] = process.argv;
  createServer((outer) => join(outer, connect(Number(port), "127.0.0.1"))).listen(socket, () => {
    process.stdout.write(`${JSON.stringify({ message: "console door ready" })}\n`);
  });
}
