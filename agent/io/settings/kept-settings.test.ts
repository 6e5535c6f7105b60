import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { placesOf } from "../places.ts";
import { openConfiguration } from "./configuration.ts";
import { openKeeping, readKept } from "./kept-settings.ts";
import { keeping, openManagedSource } from "./managed-source.ts";

let directory: string;
let folder: string;
let state: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  folder = join(directory, "managed.d");
  state = join(directory, "state");
  mkdirSync(folder);
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(directory, { recursive: true }));

function manage(name: string, content: object | string): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

/** A start of the agent, or of a command that leaves nothing for the next one. */
const start = (keeps = true) =>
  openConfiguration(
    placesOf({ SALLYPORT_CONFIG: join(directory, "agent.yaml"), SALLYPORT_STATE_DIR: state }),
    {},
    { keeps },
  );
const why = ({ params }: { readonly params: Readonly<Record<string, unknown>> }) => params["why"];

const troubles: readonly [what: string, make: (path: string) => void][] = [
  ["is half written", (path) => writeFileSync(path, '{"AlwaysOn": fa')],
  ["is no object", (path) => writeFileSync(path, "[]")],
  ["holds another value", (path) => writeFileSync(path, '{"AlwaysOn": "perhaps"}')],
  ["holds it in other letters", (path) => writeFileSync(path, '{"alwayson": false}')],
  ["may be written by others", (path) => chmodSync(path, 0o666)],
  ["is too large", (path) => writeFileSync(path, `{}${" ".repeat(70_000)}`)],
  ["is a folder", (path) => (rmSync(path), mkdirSync(path))],
  ["leads nowhere", (path) => (rmSync(path), symlinkSync("gone", path))],
];

test.each(troubles)(
  "a managed file that %s lifts no lock, over a restart too",
  async (_, spoil) => {
    const path = manage("10.json", { AlwaysOn: true });
    const read = start();
    expect((await read()).settings.problems).toEqual([]);
    spoil(path);
    for (const settings of [(await read()).settings, (await start()()).settings]) {
      expect(settings).toMatchObject({ alwaysOn: true, allowUserDisconnect: false });
      expect(settings.problems).toMatchObject([{ code: "SP-130" }]);
      expect(settings.problems.map(why)).toEqual([expect.stringMatching(/before stays$/)]);
    }
    rmSync(path, { recursive: true });
    manage("10.json", { HideTray: true });
    expect((await read()).settings).toMatchObject({
      alwaysOn: false,
      allowUserDisconnect: true,
      hideTray: true,
      problems: [],
    });
  },
);

test("a file that root takes away lifts its locks, while the agent does not run as well", async () => {
  const path = manage("10.json", { AlwaysOn: true });
  const read = start();
  await read();
  rmSync(path);
  const later = start(false);
  for (const again of [read, later]) {
    expect((await again()).settings).toMatchObject({ alwaysOn: false, problems: [] });
  }
  // Nothing is managed any more, so nothing is left of it.
  expect(existsSync(join(state, "managed.json"))).toBe(false);
});

test("what others took away from a folder that they may write stays", async () => {
  manage("10.json", { AlwaysOn: false });
  manage("20.json", { AlwaysOn: true });
  const read = start();
  await read();
  chmodSync(folder, 0o777);
  renameSync(join(folder, "10.json"), join(folder, "20.json"));
  manage("30.json", { AlwaysOn: false });
  for (const again of [read, start()]) {
    const { settings } = await again();
    expect(settings.alwaysOn).toBe(true);
    expect(settings.problems.map(why)).toEqual([
      expect.stringMatching(/^may be written by others .*before stays$/),
    ]);
  }
  chmodSync(folder, 0o755);
  expect((await read()).settings).toMatchObject({ alwaysOn: false, problems: [] });
});

test("from a folder that others may write at the first start, nothing goes any more either", async () => {
  chmodSync(folder, 0o777);
  const path = manage("10.json", { AlwaysOn: true });
  const read = start();
  await read();
  rmSync(path);
  const { settings } = await read();
  expect(settings).toMatchObject({ alwaysOn: true, allowUserDisconnect: false });
  expect(settings.problems.map(why)).toEqual([expect.stringMatching(/before is not known$/)]);
  chmodSync(folder, 0o755);
  expect((await read()).settings).toMatchObject({ alwaysOn: false, problems: [] });
});

test("a broken file of which nothing is known keeps people from disconnecting until it is mended", async () => {
  manage("10.json", "{");
  writeFileSync(join(directory, "agent.yaml"), "AllowUserDisconnect: true\n");
  const read = start();
  for (let look = 0; look < 2; look += 1) {
    const { settings } = await read();
    expect(settings.allowUserDisconnect).toBe(false);
    expect(settings.problems.map(why)).toEqual([expect.stringMatching(/before is not known$/)]);
  }
  manage("20.json", { AllowUserDisconnect: true });
  expect((await read()).settings.allowUserDisconnect).toBe(true);
  manage("10.json", {});
  rmSync(join(folder, "20.json"));
  expect((await read()).settings).toMatchObject({ allowUserDisconnect: true, problems: [] });
});

test("keeps everything but keys, for the agent alone to read", async () => {
  const key = "sp1_secret";
  manage("10.json", { AlwaysOn: true, ReconnectAfter: "90m", EnrollmentKey: key });
  manage("20.json", { ReconnectAfter: "8h", RootPins: ["A".repeat(43)] });
  await start()();
  const path = join(state, "managed.json");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8")).not.toContain(key);
  const { files, policies } = readKept(path);
  expect(policies).toBeNull();
  expect(Object.fromEntries(files ?? [])).toEqual({
    "10.json": { AlwaysOn: true, ReconnectAfter: 90 },
    "20.json": { ReconnectAfter: 480, RootPins: ["A".repeat(43)] },
  });
  writeFileSync(path, "{");
  expect(readKept(path)).toEqual({ files: null, policies: null });
});

test("a command leaves nothing for the next start, and a reading that cannot be kept is told", async () => {
  manage("10.json", { AlwaysOn: true });
  await start(false)();
  expect(existsSync(state)).toBe(false);
  writeFileSync(state, "");
  const { settings } = await start()();
  expect(settings.alwaysOn).toBe(true);
  expect(settings.problems.map(why)).toEqual([
    expect.stringMatching(/^cannot be kept for the next start: .*managed\.json/),
  ]);
});

test("the registry and managed preferences hold over a restart as well", async () => {
  const path = join(state, "managed.json");
  const told = [
    { values: { AlwaysOn: true }, problems: [] },
    { values: {}, problems: [{ key: "", why: "reg.exe: timeout" }] },
  ];
  const read = () => {
    const policies = keeping(
      () => Promise.resolve(told.shift() ?? { values: {}, problems: [] }),
      readKept(path).policies,
    );
    const look = async () => {
      const held = await policies();
      return { ...held, known: { files: null, policies: held.known } };
    };
    return openManagedSource(look, openKeeping(path))();
  };
  await read();
  expect(await read()).toMatchObject({
    values: { AlwaysOn: true },
    problems: [{ why: "reg.exe: timeout; what it said before stays" }],
  });
  // The key is gone, which is no trouble.
  expect(await read()).toEqual({ values: {}, problems: [] });
});
