// The command line while the agent is stopped, starting, a stranger to the controller, or closed to everybody.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FakeNetd, type SeenRequest, startFakeNetd } from "../fakes/fake-netd.ts";
import { statusOf } from "../fakes/surface-samples.ts";
import { runAgent } from "./agent-program.ts";

let directory: string;
let agent: FakeNetd | null;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  agent = null;
});
afterEach(async () => {
  await agent?.close();
  rmSync(directory, { recursive: true });
});

const run = (args: readonly string[]) => runAgent(directory, args);

/** Serves the local socket as netd and the agent behind it would. */
async function serve(answer: (request: SeenRequest) => object | null): Promise<void> {
  agent = await startFakeNetd(join(directory, "local.sock"), answer);
}

test("waits for an agent that is only starting, and says that none came", async () => {
  const waiting = run(["status", "--wait", "connected", "--timeout", "60s"]);
  // netd stands before the agent does: the connection ends at once, then nobody listens, then all is well.
  const early = createServer((socket) => socket.destroy());
  const knocked = once(early, "connection");
  early.listen(join(directory, "local.sock"));
  await knocked;
  await new Promise((resolve) => early.close(resolve));
  await serve(() => ({ status: statusOf("connected") }));
  expect(await waiting).toMatchObject({ exit: 0, stderr: "" });
  agent = await agent!.close().then(() => null);
  const never = await run(["status", "--wait", "connected", "--timeout", "300ms", "--json"]);
  expect(never.exit).toBe(3);
  expect(never.json()).toMatchObject({ error: { code: "SP-401" } });
});

test("signs out by name, says that nobody was signed in, and names who forbids it", async () => {
  let session: object = { state: "valid", user: "mara@example.com" };
  await serve(({ verb }) =>
    verb === "logout" ? {} : { status: { ...statusOf("connected"), session } },
  );
  expect(await run(["logout"])).toMatchObject({
    exit: 0,
    stdout: "Signed out mara@example.com. What needs a person is closed.\n",
  });
  session = { state: "valid" };
  expect(await run(["logout"])).toMatchObject({ exit: 0, stdout: "Nobody was signed in.\n" });
  const { exit, json } = await run(["logout", "--json"]);
  expect([exit, json()]).toEqual([0, { schema: "sallyport.done/1", verb: "logout", user: null }]);
  await agent!.close();
  const params = {
    verb: "logout",
    owner: "Example Corp",
    setting: "AllowUserDisconnect=false",
    support: "it@example.com",
  };
  await serve(({ verb }) =>
    verb === "logout"
      ? { ok: false, error: { code: "SP-420", params, detail: "" } }
      : { status: statusOf("connected") },
  );
  const refused = await run(["logout"]);
  expect(refused).toMatchObject({ exit: 6, stdout: "" });
  expect(refused.stderr).toMatch(/Example Corp \(AllowUserDisconnect=false\)[^]*it@example\.com/);
});

/** Every verb that talks to the agent. */
const verbs: readonly (readonly string[])[] = [
  ["status"],
  ["posture"],
  ["posture", "--evidence", "firewall.enabled"],
  ["explain", "wiki"],
  ["request", "wiki", "--reason", "case 7"],
  ["recheck"],
  ["doctor"],
  ["settings"],
  ["login", "--no-wait"],
  ["logout"],
  ["portal"],
  ["up"],
  ["down"],
  ["unenroll"],
];

/** Two at a time: each is a process of its own. */
async function each<T>(one: (verb: readonly string[]) => Promise<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for (let at = 0; at < verbs.length; at += 2) {
    found.push(...(await Promise.all(verbs.slice(at, at + 2).map(one))));
  }
  return found;
}

async function told(verb: readonly string[]) {
  const { exit, stdout, stderr } = await run([...verb, "--json"]);
  const lines = stdout.trimEnd().split("\n");
  const { schema, error } = JSON.parse(lines[0] ?? "") as {
    schema: string;
    error?: { code: string };
  };
  expect({ verb, lines: lines.length, escapes: (stdout + stderr).includes("\u001b") }).toEqual({
    verb,
    lines: 1,
    escapes: false,
  });
  return [verb.join(" "), exit, error?.code ?? schema] as const;
}

test("a stopped agent is one object with its code and exit 3, whatever was asked", async () => {
  for (const [, exit, code] of await each(told)) expect([exit, code]).toEqual([3, "SP-401"]);
});

test("a machine that has not joined is one object, too, and whoever asks learns that it is so", async () => {
  const stranger = { ok: false, error: { code: "SP-304", params: {}, detail: "" } };
  await serve(({ verb }) =>
    verb === "status" || verb === "watch" ? { status: statusOf("notEnrolled") } : stranger,
  );
  const answers = await each(told);
  expect(answers.map(([verb, exit, code]) => [verb, exit, code])).toEqual(
    verbs.map((verb) =>
      verb[0] === "status" ? ["status", 1, "sallyport.status/1"] : [verb.join(" "), 1, "SP-304"],
    ),
  );
});
