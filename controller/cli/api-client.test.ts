import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeApiClient } from "./api-client.ts";

let folder: string;
let server: Server;
let waits: string[];
let asked: number;

beforeEach(async () => {
  asked = 0;
  folder = mkdtempSync(join(tmpdir(), "sallyport-client-"));
  server = createServer((_request, response) => {
    asked += 1;
    const wait = waits.shift();
    response.writeHead(wait === undefined ? 200 : 429, { "retry-after": wait ?? "0" });
    response.end("{}");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function call() {
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, "sallyport_pat_x");
  const { port } = server.address() as AddressInfo;
  const access = { url: `http://127.0.0.1:${port}`, tokenFile };
  return makeApiClient(access)({ method: "GET", path: "/none" });
}

test("what was refused for its haste alone is asked again when it may be", async () => {
  waits = ["0", "0", "0"];
  await call();
  expect(asked).toBe(4);
});

test("nobody waits for long, nor for ever", async () => {
  waits = ["5"];
  await expect(call()).rejects.toMatchObject({ failure: { exit: 5 } });
  expect(asked).toBe(1);
  waits = Array.from({ length: 99 }, () => "0");
  await expect(call()).rejects.toMatchObject({ failure: { exit: 5 } });
  expect(asked).toBe(12);
});
