import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { placesOf } from "../io/places.ts";
import { askAgent } from "./agent-client.ts";

/** Asks an agent whose socket is served so; returns the code of the failure. */
async function failureFrom(serve: (caller: Socket) => void): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-client-"));
  const places = placesOf({ SALLYPORT_RUN_DIR: folder });
  const server = createServer(serve).listen(places.localSocket);
  try {
    await once(server, "listening");
    return await askAgent(places, "status").then(
      () => "answered",
      (error: { readonly code: string }) => error.code,
    );
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
}

test("a caller too many hears that the agent is busy, not that there is none", async () => {
  const busy = { id: null, ok: false, error: { code: "busy", detail: "too many callers" } };
  expect(await failureFrom((caller) => caller.end(`${JSON.stringify(busy)}\n`))).toBe("SP-411");
});

test("an agent that is not there is named as such", async () => {
  expect(await failureFrom((caller) => caller.destroy())).toBe("SP-406");
});
