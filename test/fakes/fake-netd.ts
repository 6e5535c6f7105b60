/** netd's socket without a kernel behind it: answers by a table, tells events when asked to. */
import { createServer, type Socket } from "node:net";

/** A request as the fake saw it. */
export type SeenRequest = Readonly<Record<string, unknown>> & { readonly verb: string };

/** A running fake. */
export interface FakeNetd {
  readonly requests: readonly SeenRequest[];
  /** Writes a line to every connection. */
  tell(line: object | string): void;
  /** Ends every connection; new ones are still accepted. */
  drop(): void;
  close(): Promise<void>;
}

/** Listens at a path; `answer` returns the members of the answer, or null for no answer at all. */
export async function startFakeNetd(
  path: string,
  answer: (request: SeenRequest) => object | null = () => ({ ok: true }),
): Promise<FakeNetd> {
  const sockets = new Set<Socket>();
  const requests: SeenRequest[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let held = "";
    socket.on("data", (bytes: Buffer) => {
      held += bytes.toString();
      for (let end = held.indexOf("\n"); end >= 0; end = held.indexOf("\n")) {
        const request = JSON.parse(held.slice(0, end)) as SeenRequest;
        held = held.slice(end + 1);
        requests.push(request);
        const members = request.verb === "hello" ? helloAnswer : answer(request);
        if (members === null) continue;
        socket.write(`${JSON.stringify({ id: request["id"], ok: true, ...members })}\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    requests,
    tell: (line) => {
      const text = typeof line === "string" ? line : JSON.stringify(line);
      for (const socket of sockets) socket.write(`${text}\n`);
    },
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const helloAnswer = {
  ok: true,
  version: "0.1.0",
  wireguard: "userspace",
  configVersion: 4,
  setAside: ["config.json"],
};
