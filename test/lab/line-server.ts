// How the lab talks with its own small programs: one JSON request per line on stdin, one JSON answer
// per line on stdout. The end of stdin ends the program.
import { createInterface } from "node:readline";

/** One line of JSON: a verb and what it needs. */
export interface LineRequest {
  readonly id: number;
  readonly verb: string;
  readonly [field: string]: unknown;
}

type Handler = (request: LineRequest) => object | Promise<object>;

/** Serves for the life of the process; an error of a handler becomes `{ id, error }`. */
export function serveLines(handlers: Readonly<Record<string, Handler>>): void {
  const answer = async (line: string) => {
    const request = JSON.parse(line) as LineRequest;
    const handler = handlers[request.verb];
    try {
      if (handler === undefined) throw new Error(`unknown verb ${request.verb}`);
      write({ id: request.id, ...(await handler(request)) });
    } catch (cause) {
      write({ id: request.id, error: cause instanceof Error ? cause.message : String(cause) });
    }
  };
  createInterface({ input: process.stdin })
    .on("line", (line) => void answer(line))
    .on("close", () => process.exit(0));
}

/** Writes one JSON line on stdout. */
export function write(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
