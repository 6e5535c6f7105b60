/** Serves `/metrics`, `/livez` and `/readyz` on loopback; says nothing else to anybody. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { MetricsRegistry } from "./registry.ts";

/** What the port tells; `ready` is false while the controller cannot open anything. */
export interface MetricsPortOptions {
  readonly port: number;
  readonly metrics: Pick<MetricsRegistry, "text">;
  ready(): boolean;
}

/** An open metrics port. */
export interface MetricsPort {
  readonly port: number;
  close(): Promise<void>;
}

/** Binds 127.0.0.1 and listens; port 0 takes a free one. */
export async function openMetricsPort(options: MetricsPortOptions): Promise<MetricsPort> {
  const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
    const answer = request.method === "GET" ? answerOf(request.url ?? "", options) : null;
    const [status, body] = answer ?? [404, "not found\n"];
    response.writeHead(status, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
    response.end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerOf(url: string, options: MetricsPortOptions): [number, string] | null {
  switch (url) {
    case "/metrics":
      return [200, options.metrics.text()];
    case "/livez":
      return [200, "ok\n"];
    case "/readyz":
      return options.ready() ? [200, "ok\n"] : [503, "not ready\n"];
    default:
      return null;
  }
}
