import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Queue } from "../../../test/fakes/queue.ts";
import { placesOf } from "../places.ts";
import { type Configuration, openConfiguration } from "./configuration.ts";
import { watchSettings } from "./settings-watch.ts";

let directory: string;
let end: () => void = () => undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
});
afterEach(() => {
  end();
  rmSync(directory, { recursive: true });
});

test("tells each change once, and keeps what it knew while a file is broken", async () => {
  const config = join(directory, "agent.yaml");
  const read = openConfiguration(
    placesOf({ SALLYPORT_CONFIG: config, SALLYPORT_STATE_DIR: directory }),
    {},
  );
  const told = new Queue<Configuration>();
  end = watchSettings({ first: await read(), read, changed: told.push, everyMs: 1 });
  writeFileSync(config, "AlwaysOn: true\n");
  expect(await told.next()).toMatchObject({ settings: { alwaysOn: true, problems: [] } });
  writeFileSync(config, "AlwaysOn: [\n");
  expect(await told.next()).toMatchObject({
    settings: { alwaysOn: true, problems: [{ code: "SP-130" }] },
  });
  writeFileSync(config, "LogLevel: debug\n");
  expect(await told.next()).toMatchObject({
    logLevel: "debug",
    settings: { alwaysOn: false, problems: [] },
  });
  expect(told.rest).toEqual([]);
});
