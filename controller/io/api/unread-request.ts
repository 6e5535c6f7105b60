/** What never becomes a request for a route is refused as a problem too, under the headers of every answer. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import { errorRefOf, problemOf, problemType } from "./problem.ts";

type Headers = Readonly<Record<string, string>>;

/** Returns the answer to an address that no route can have. */
export function unroutable(headers: Headers) {
  return (error: Error, _request: FastifyRequest, reply: FastifyReply): void => {
    const problem = problemOf(errorRefOf(error));
    void reply.status(problem.status).headers(headers).type(problemType).send(problem);
  };
}

/** What the parser says of some requests; all others are merely wrong. */
const statuses: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** Returns the answer to bytes that are no request, or not in time; the connection ends with it. */
export function unreadable(headers: Headers) {
  return (error: Error & { readonly code?: string }, socket: Socket): void => {
    if (error.code === "ECONNRESET" || socket.destroyed) return;
    const status = statuses[error.code ?? ""] ?? 400;
    const why = `it is no request that can be read: ${STATUS_CODES[status]?.toLowerCase()}`;
    const text = JSON.stringify({ ...problemOf({ code: "SP-703", params: { why } }), status });
    const all = { ...headers, "content-type": problemType, connection: "close" };
    const lines = Object.entries({ ...all, "content-length": String(Buffer.byteLength(text)) });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    if (socket.writable) {
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${text}`);
    }
    socket.destroy(error);
  };
}
