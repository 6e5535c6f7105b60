/** The admin API's port while there is no API: whatever is asked, it says why. */
import { createServer } from "node:http";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { problemOf, problemType } from "./problem.ts";

/** Listens on loopback; returns what closes it. */
export async function openRefusingPort(
  { host, port }: { readonly host: string; readonly port: number },
  error: ErrorRef,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const problem = problemOf({ code: error.code, params: error.params });
  const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
    request.resume();
    response.writeHead(problem.status, {
      "content-type": problemType,
      "cache-control": "no-store",
    });
    response.end(JSON.stringify(problem));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
