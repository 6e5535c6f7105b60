/**
 * Serves the status page to the one person who holds its link: loopback only, a random port, a link
 * that opens once, then an address that nobody can guess. No cookie, since other programs on this
 * machine would be shown it; no address of another host, since a browser may be led here by a name.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AgentSource } from "./agent-source.ts";
import { pageOf, type Said } from "./page.ts";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";
import { dayMs } from "#shared/base/time-span.ts";
import { nothingShared } from "./shared.ts";

/** A page that is served. */
export interface PageServer {
  /** Returns a link that opens the page once, at a part of it. */
  link(part?: string): string;
  /** When somebody last asked for something, by the monotonic clock. */
  askedMs(): number;
  close(): Promise<void>;
}

const tokenBytes = 32;
const bodyBytesMax = 4_096;
const linkLastsMs = 120_000;
const openLinksMax = 16;
const keptMs = 30 * dayMs;

const actions = ["recheck", "up", "down", "login", "logout", "portal"] as const;

const headers: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/** Starts serving what `source` tells. */
export async function openPageServer(source: AgentSource): Promise<PageServer> {
  const page = new Page(source);
  const server = createServer((request, response) => void page.serve(request, response));
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  server.maxConnections = 64;
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const { port } = server.address() as AddressInfo;
  page.host = `127.0.0.1:${port}`;
  return {
    link: (part) => page.link(part),
    askedMs: () => page.askedMs,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class Page {
  readonly #source: AgentSource;
  /** The address below which the page is; whoever knows it was given the link. */
  readonly #secret = newToken();
  readonly #links = new Map<string, { readonly untilMs: number; readonly part: string }>();
  #said: Said | null = null;
  host = "";
  askedMs = performance.now();

  constructor(source: AgentSource) {
    this.#source = source;
  }

  link(part = ""): string {
    const token = newToken();
    const [oldest] = this.#links.keys();
    if (this.#links.size >= openLinksMax && oldest !== undefined) this.#links.delete(oldest);
    this.#links.set(token, { untilMs: performance.now() + linkLastsMs, part });
    return `http://${this.host}/open/${token}`;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    // Of two names we would check one, and something on the way may have meant the other.
    if (request.headersDistinct["host"]?.length !== 1) {
      return end(response, 400, "One Host line, please.");
    }
    if (!this.#isFromHere(request))
      return end(response, 403, "This page is for this machine only.");
    const [, first = "", second = "", ...rest] = (request.url ?? "").split("/");
    if (first === "open") return this.#open(response, second);
    if (!isSame(first, this.#secret) || rest.length > 0) {
      return end(response, 403, "Open this page by the tray, or by `sallyport status --open`.");
    }
    this.askedMs = performance.now();
    try {
      await this.#answer(request, response, second);
    } catch {
      // A download that ended here as any other would be taken for the whole of it.
      if (response.headersSent) return void response.destroy();
      // The agent went away between two answers: the next look says so.
      end(response, 503, "The agent does not answer. Load the page again.");
    }
  }

  /** DNS rebinding and requests of other sites end here. */
  #isFromHere(request: IncomingMessage): boolean {
    const { host, origin } = request.headers;
    const site = request.headers["sec-fetch-site"] ?? "none";
    // A link in a mail or a file may lead here: it shows nothing to whoever wrote it.
    const led = request.method === "GET" && request.headers["sec-fetch-mode"] === "navigate";
    const ours = origin === undefined || origin === `http://${this.host}`;
    return host === this.host && ours && (led || site === "none" || site === "same-origin");
  }

  #open(response: ServerResponse, token: string): void {
    const found = this.#links.get(token);
    this.#links.delete(token);
    if (found === undefined || performance.now() > found.untilMs) {
      return end(response, 403, "This link was used or is too old. Ask for a new one.");
    }
    const part = found.part === "" ? "" : `#${found.part}`;
    redirect(response, `/${this.#secret}/${part}`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, what: string): Promise<void> {
    const { method } = request;
    if (method === "POST") return this.#act(request, response, what);
    if (method !== "GET") return end(response, 405, "");
    switch (what) {
      case "":
        return end(response, 200, { type: "text/html", text: await this.#page() });
      case "page.css":
        return end(response, 200, { type: "text/css", text: pageStyle });
      case "page.js":
        return end(response, 200, { type: "text/javascript", text: pageScript });
      case "changes":
        return this.#stream(response);
      case "shared.json":
        return this.#download(response);
      default:
        return end(response, 404, "");
    }
  }

  async #act(request: IncomingMessage, response: ServerResponse, what: string): Promise<void> {
    const action = actions.find((known) => known === what);
    if (action === undefined) return end(response, 404, "");
    const body = await bodyOf(request);
    if (body === null) return end(response, 413, "");
    const reason = new URLSearchParams(body).get("reason") ?? "";
    this.#said = await this.#done(action, reason.trim() === "" ? undefined : reason);
    redirect(response, `/${this.#secret}/`);
  }

  async #done(action: (typeof actions)[number], reason: string | undefined): Promise<Said> {
    const source = this.#source;
    if (action === "login") {
      const begun = await source.signIn();
      if (typeof begun === "string") return { text: begun };
      return { text: `Go on only if the page shows the code ${begun.code}.`, page: begun.url };
    }
    if (action === "portal") {
      const found = await source.portal();
      if (typeof found === "string") return { text: found };
      const text =
        "It is the network's page: enter nothing there that is meant for your organisation.";
      return { text, page: found.page };
    }
    return { text: await source.act(action, reason) };
  }

  async #page(): Promise<string> {
    const source = this.#source;
    const status = source.status();
    const told = { status, said: this.#said, nowMs: Date.now() };
    this.#said = null;
    if (status === null)
      return pageOf({ ...told, posture: [], settings: [], shared: nothingShared });
    const [posture, settings, shared] = await Promise.all([
      source.posture(),
      source.settings(),
      source.shared({ sinceAt: Date.now() - keptMs }),
    ]);
    return pageOf({ ...told, posture, settings, shared });
  }

  /** An answer of the agent holds a part of a busy month, so they are asked for until nothing is left. */
  async #download(response: ServerResponse): Promise<void> {
    const untilAt = Date.now();
    const span = { sinceAt: untilAt - keptMs, untilAt };
    let part = await this.#source.shared(span);
    response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
    let told = 0;
    for (;;) {
      for (const message of part.messages) {
        response.write(`${told === 0 ? "[" : ","}\n${JSON.stringify(message)}`);
        told += 1;
      }
      if (!part.more) break;
      part = await this.#source.shared({ ...span, skip: told });
    }
    response.end(`${told === 0 ? "[" : ""}\n]\n`);
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("\n");
    const end = this.#source.onChange(() => {
      this.askedMs = performance.now();
      response.write("event: changed\ndata:\n\n");
    });
    response.on("close", end);
  }
}

interface Content {
  readonly type: string;
  readonly text: string;
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  let body = "";
  for await (const bytes of request) {
    body += String(bytes);
    if (body.length > bodyBytesMax) return null;
  }
  return body;
}

function redirect(response: ServerResponse, to: string): void {
  response.writeHead(303, { location: to }).end();
}

function end(response: ServerResponse, status: number, content: string | Content): void {
  const { type, text } =
    typeof content === "string" ? { type: "text/plain", text: content } : content;
  response.writeHead(status, { "content-type": `${type}; charset=utf-8` }).end(text);
}

function newToken(): string {
  return randomBytes(tokenBytes).toString("base64url");
}

function isSame(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
