/** Serves the console: one page for every address of its own, and the files that the page names. */
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ConsoleFile, ConsoleFiles } from "./console-files.ts";

const compress = promisify(gzip);

/** In the page, in place of the nonce of each answer. */
const noncePlace = "__NONCE__";

/** Returns the handler of everything outside the API: a file, or the page, which routes by itself. */
export function consoleHandler(files: ConsoleFiles) {
  const packed = new Map<string, Promise<Buffer>>();
  const page = files.get("/index.html");
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | null> => {
    const path = request.url.replace(/[?#].*$/, "");
    if (page === undefined || !["GET", "HEAD"].includes(request.method)) return null;
    const file = files.get(path);
    if (file !== undefined && file !== page)
      return sendFile(request, reply, { path, file, packed });
    // What looks like a file is not one of ours.
    if (/\.\w+$/.test(path)) return null;
    const nonce = randomBytes(16).toString("base64");
    return reply
      .headers({ "content-security-policy": policyWith(nonce), "cache-control": "no-store" })
      .type(page.type)
      .send(page.content.toString("utf8").replaceAll(noncePlace, nonce));
  };
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { path, file, packed }: FileToSend,
): Promise<FastifyReply> {
  const caching = file.immutable ? "public, max-age=31536000, immutable" : "no-cache";
  void reply.headers({ "cache-control": caching, vary: "accept-encoding" }).type(file.type);
  if (!/\bgzip\b/.test(request.headers["accept-encoding"] ?? "")) return reply.send(file.content);
  const small = packed.get(path) ?? compress(file.content, { level: 9 });
  packed.set(path, small);
  return reply.header("content-encoding", "gzip").send(await small);
}

interface FileToSend {
  readonly path: string;
  readonly file: ConsoleFile;
  readonly packed: Map<string, Promise<Buffer>>;
}

/** Scripts and fonts of this host alone; styles that the page writes itself carry the nonce. */
function policyWith(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
