// A bare client of netd's socket, as someone who took over the agent would have it.
import { createConnection, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { join } from "node:path";

/** netd's answer as it stands on its line. */
export type Answer = Readonly<Record<string, unknown>> & {
  readonly ok: boolean;
  readonly error?: { readonly code: string; readonly at: string; readonly detail: string };
};

/** Owns one connection. */
export class NetdLine {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #id = 0;

  constructor(machine: { readonly places: { readonly run: string } }) {
    this.#socket = createConnection(join(machine.places.run, "netd.sock"));
    createInterface({ input: this.#socket }).on("line", (line) => {
      const answer = JSON.parse(line) as Answer & { id?: number };
      if (answer.id === undefined) return; // an event
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    const fail = (why: string) => {
      for (const settle of this.#waiting.values()) {
        settle({ ok: false, error: { code: "connection", at: "socket", detail: why } });
      }
    };
    this.#socket.on("error", (cause) => fail(cause.message));
    this.#socket.on("close", () => fail("closed"));
  }

  ask(verb: string, fields: object = {}): Promise<Answer> {
    const id = (this.#id += 1);
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.write(`${JSON.stringify({ id, verb, ...fields })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
