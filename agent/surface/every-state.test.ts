import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type FakeNetd, startFakeNetd } from "../../test/fakes/fake-netd.ts";
import { closedResource, openResource, statusOf } from "../../test/fakes/surface-samples.ts";
import { status } from "../cli/status.ts";
import { setEmphasis } from "../cli/output.ts";
import { headlineOf, statusLine, statusLines } from "../cli/status-line.ts";
import { statusStates } from "../core/local/status.ts";
import { faceOf } from "./face.ts";
import { pageOf } from "./page.ts";
import { nothingShared } from "./shared.ts";

const samples = statusStates.map((state) => {
  const closed = state !== "connected";
  const warning = { code: "SP-401", title: "Lost", detail: "netd is away", fix: "start it" };
  return statusOf(state, [closed ? closedResource("db-prod") : openResource("db-prod")], {
    warnings: state === "cannotEnforce" ? [warning] : [],
  });
});

describe("the command line", () => {
  let directory: string;
  let agent: FakeNetd;
  let said: string;
  let shown = samples[0];
  const { isTTY } = process.stdout;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "sallyport-"));
    agent = await startFakeNetd(join(directory, "local.sock"), () => ({ status: shown }));
    said = "";
    vi.stubEnv("SALLYPORT_RUN_DIR", directory);
    vi.stubEnv("TERM", "xterm");
    vi.stubEnv("NO_COLOR", undefined);
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      said += String(text);
      return true;
    });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.stdout.isTTY = isTTY;
    await agent.close();
    rmSync(directory, { recursive: true });
  });

  async function told(options: { json?: boolean }): Promise<{ code: number; text: string }> {
    said = "";
    const code = await status({ timeout: 1_000, ...options });
    return { code, text: said };
  }

  test.each(samples)(
    "$state parses as JSON, and only what is open exits with 0",
    async (sample) => {
      shown = sample;
      const { code, text } = await told({ json: true });
      expect(statusLine.parse(JSON.parse(text))).toEqual(sample);
      expect(code).toBe(sample.state === "connected" ? 0 : 1);
    },
  );

  test.each(samples)(
    "$state is in words, without escape bytes where nobody wants them",
    async (sample) => {
      shown = sample;
      process.stdout.isTTY = true;
      expect((await told({})).text).toContain("\u001b[1m");
      vi.stubEnv("NO_COLOR", "1");
      expect((await told({})).text).not.toContain("\u001b");
      vi.stubEnv("NO_COLOR", undefined);
      setEmphasis("never");
      expect((await told({})).text).not.toContain("\u001b");
      setEmphasis("auto");
      process.stdout.isTTY = false;
      const { text } = await told({});
      expect(text).not.toContain("\u001b");
      expect(text).toContain(headlineOf(sample));
    },
  );
});

test("a desktop without icons has page and command line for every state", () => {
  for (const sample of samples) {
    const nothing = { posture: [], settings: [], shared: nothingShared, said: null };
    const page = pageOf({ status: sample, nowMs: 0, ...nothing });
    expect(page.replaceAll("&#39;", "'")).toContain(`<h1>${faceOf(sample).line}</h1>`);
    expect(statusLines(sample).join("\n")).toContain(headlineOf(sample));
  }
  const lines = samples.map((sample) => faceOf(sample).line);
  expect(new Set(lines).size).toBe(lines.length - 1);
});
