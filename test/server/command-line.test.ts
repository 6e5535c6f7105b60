import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDeviceManagement } from "../fakes/device-management.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { runCommand } from "./controller-command.ts";
import { enrol, newKey } from "./raw-agent.ts";

let controller: ControllerUnderTest;
const folder = mkdtempSync(join(tmpdir(), "sallyport-cli-"));

beforeAll(async () => {
  controller = await startController();
});
afterAll(async () => {
  await controller.remove();
  rmSync(folder, { recursive: true });
});

const run = (argv: readonly string[], environment: Record<string, string> = {}) =>
  runCommand(controller, argv, environment);

async function json(...argv: string[]): Promise<Readonly<Record<string, unknown>>> {
  const { exit, out, talk } = await run([...argv, "--json"]);
  expect({ argv, exit, talk }).toEqual({ argv, exit: 0, talk: "" });
  return JSON.parse(out) as Readonly<Record<string, unknown>>;
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("from an empty controller to a rule in force, and a device that an administrator ends", async () => {
  const site = file("site.yaml", "name: hq\n---\nname: lab\nforwarding: routed\n");
  expect(await json("site", "apply", site)).toMatchObject({ schema: "sallyport.site-list/1" });
  const written = async () => (await json("audit", "list", "--search", "site apply"))["items"];
  expect(await written()).toHaveLength(2);
  expect((await run(["site", "apply", site])).out).toBe("2 sites applied, nothing changed\n");
  expect(await written()).toHaveLength(2);
  expect((await run(["site", "list"])).out).toMatch(/hq +snat\n.*lab +routed/);
  expect(await json("site", "show", "lab")).toMatchObject({ name: "lab", forwarding: "routed" });
  expect((await run(["site", "show", "nowhere"])).exit).toBe(1);
  const wiki = file(
    "wiki.yaml",
    "name: wiki\nsite: hq\ntargets: [{ cidr: 10.50.0.10/32, proto: tcp, ports: ['8080'] }]\n",
  );
  await json("resource", "apply", wiki);
  expect((await run(["resource", "list"])).out).toContain("10.50.0.10/32 tcp 8080");
  const rules = file(
    "rules.yaml",
    "apiVersion: sallyport/v1\npolicies:\n  - id: staff-wiki\n    effect: allow\n" +
      "    subjects: { groups: [staff] }\n    resources: { names: [wiki] }\n",
  );
  expect((await run(["policy", "apply", rules])).out).toContain("1 rule is in force");
  expect((await run(["policy", "apply", "--file", rules])).out).toContain("nothing changed");

  const authority = file("mdm.pem", makeDeviceManagement("MDM").authorityPem);
  const managed = await json("enrol-key", "create", "--name", "mdm", "--identity-ca", authority);
  expect(managed).toMatchObject({
    usesMax: 1_000_000,
    rootPin: expect.stringMatching(/^[\w-]{43}$/),
  });
  const made = await json("enrol-key", "create", "--name", "laptops", "--group", "staff");
  const joined = await enrol(controller, String(made["key"]), { key: newKey(), name: "laptop" });
  expect(joined.status).toBe(201);
  expect((await run(["enrol-key", "list"])).out).toMatch(/laptops +device +used up +1\/1/);
  expect((await run(["device", "list"])).out).toMatch(/laptop +active +no +linux +- +staff/);
  expect(await json("device", "set", "laptop", "--tag", "loaner")).toMatchObject({
    groups: ["staff"],
    tags: ["loaner"],
  });
  const traits = ["--owner", "root", "--service-account", "backup"];
  expect(await json("device", "set", "laptop", ...traits)).toMatchObject({
    tags: ["loaner"],
    owner: "root",
    serviceAccount: "backup",
  });
  const none = await json("device", "set", "laptop", "--owner", "none");
  expect(none).toMatchObject({ serviceAccount: "backup" });
  expect(none).not.toHaveProperty("owner");
  expect((await run(["device", "show", "laptop"])).out).toContain("loaner");
  expect((await run(["device", "recheck", "laptop"])).out).toContain("not connected");
  expect((await run(["device", "quarantine", "laptop"])).out).toMatch(
    /^laptop is quarantined, done in \d+ ms\n$/,
  );
  expect((await run(["device", "quarantine", "laptop"])).exit).toBe(7);
  expect((await run(["device", "release", "laptop"])).out).toMatch(
    /^laptop is active, done in \d+ ms\n$/,
  );
  expect(await json("device", "revoke", "laptop")).toMatchObject({ status: "revoked" });
  expect(await json("audit", "verify")).toMatchObject({ ok: true });
});

test("each action says its effect and how long it took", async () => {
  const { token } = await json("token", "create", "--name", "scim", "--role", "provisioner");
  const headers = {
    authorization: `Bearer ${String(token)}`,
    "content-type": "application/scim+json",
  };
  const body = JSON.stringify({ userName: "mara" });
  await fetch(`${controller.apiUrl}/scim/v2/Users`, { method: "POST", headers, body });
  const key = String(
    (await json("enrol-key", "create", "--name", "approved", "--approval", "admin"))["key"],
  );
  const joining = { key: newKey(), name: "waiting" };
  await enrol(controller, key, joining);
  const actions: readonly (readonly [string[], object])[] = [
    [["device", "approve", "waiting"], { status: "active" }],
    [["device", "recheck", "waiting"], { asked: false }],
    [["device", "quarantine", "waiting"], { status: "quarantined" }],
    [["device", "release", "waiting"], { status: "active" }],
    [["user", "sign-out", "mara"], { active: true }],
    [["user", "deactivate", "mara"], { active: false }],
    [["user", "activate", "mara"], { active: true }],
    [["key", "rotate"], { items: expect.any(Array) }],
    [["device", "revoke", "waiting"], { status: "revoked" }],
  ];
  for (const [argv, effect] of actions) {
    const told = { ...effect, tookMs: expect.any(Number), removals: [] };
    expect(await json(...argv), argv.join(" ")).toMatchObject(told);
  }
});

test("a rule about changes takes on or off, and nothing that may be meant for either", async () => {
  const { exit, talk } = await run(["policy", "rules", "--second-approver", "no"]);
  expect({ exit, talk }).toMatchObject({ exit: 2, talk: expect.stringContaining("on, off") });
  expect(await json("policy", "rules")).toMatchObject({ secondApprover: false });
});

test("no escape byte reaches stdout or stderr, whatever a device calls itself", async () => {
  for (const argv of [["--help"], ["device", "list"], ["overview"], ["device", "show", "nobody"]]) {
    const { out, talk } = await run(argv, { FORCE_COLOR: "1" });
    expect({ argv, escaped: /\u001b/.test(out + talk) }).toEqual({ argv, escaped: false });
  }
});

/** The one shape of a failure, that of `sallyport` too. */
const failureShape = {
  schema: "sallyport.error/1",
  error: {
    code: expect.stringMatching(/^SP-\d{3}$/),
    slug: expect.any(String),
    title: expect.any(String),
    detail: expect.any(String),
    fix: expect.any(String),
    params: expect.any(Object),
  },
};

test("a wrong document is refused with every place; the exit code is that of the error", async () => {
  const rules = file(
    "wrong.yaml",
    "apiVersion: sallyport/v1\npolicies:\n  - id: a\n    effect: permit\n    subjects: {}\n" +
      "    resources: { names: [nothing] }\n",
  );
  const { exit, out, talk } = await run(["policy", "apply", rules, "--json"]);
  expect(exit).toBe(2);
  expect(JSON.parse(out)).toEqual(failureShape);
  expect(JSON.parse(out)).toMatchObject({
    error: { detail: expect.stringContaining("wrong.yaml:4:") },
  });
  expect(talk).toContain("wrong.yaml:4:");
});

test("tells its version by a command, too", async () => {
  const { version } = await json("version");
  expect((await run(["version"])).out).toBe(`${String(version)}\n`);
  expect((await run(["--version"])).out).toBe(`${String(version)}\n`);
});

test.each([
  ["an unknown name", ["device", "show", "nobody"], 1],
  ["an unknown reference", ["decision", "7QK2-M4XE"], 1],
  ["an unknown reference after `show`", ["decision", "show", "7QK2-M4XE"], 1],
  ["`show` without a reference", ["decision", "show"], 2],
  ["two references", ["decision", "7QK2-M4XE", "7QK2-M4XF"], 2],
  ["an unknown command", ["devise"], 2],
  ["a missing option", ["enrol-key", "create"], 2],
  ["a bad number", ["enrol-key", "create", "--name", "x", "--uses", "many"], 2],
  ["a file that is not there", ["site", "apply", "/nowhere.yaml"], 2],
  ["a file without a document", ["site", "apply", "/dev/null"], 2],
  ["a second init", ["init"], 7],
  ["a second serve", ["serve"], 7],
])("%s: exit code, words on stderr, one object on stdout", async (_name, argv, exit) => {
  const result = await run([...argv, "--json"]);
  expect(result.exit).toBe(exit);
  expect(result.talk).not.toBe("");
  expect(JSON.parse(result.out)).toEqual(failureShape);
});

test("unreachable, without a token, with a foreign one: 3 and 4, each with a next step", async () => {
  const nobody = { SALLYPORT_CONTROLLER: "http://127.0.0.1:1" };
  const unreachable = await run(["device", "list"], nobody);
  expect(unreachable).toMatchObject({ exit: 3, out: "" });
  expect(unreachable.talk).toContain("What to do");
  expect((await run(["decision", "--follow"], nobody)).exit).toBe(3);
  const absent = { SALLYPORT_TOKEN_FILE: join(folder, "absent") };
  expect((await run(["device", "list"], absent)).exit).toBe(4);
  const foreign = { SALLYPORT_TOKEN_FILE: file("token", `sallyport_pat_${"x".repeat(43)}\n`) };
  expect((await run(["device", "list"], foreign)).exit).toBe(4);
});

test("a stream that breaks off is a controller that is gone, no bug", async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": here\n\n", () => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const torn = { SALLYPORT_CONTROLLER: `http://127.0.0.1:${port}` };
  const { exit, talk } = await run(["decision", "--follow"], torn);
  server.close();
  expect({ exit, talk }).toMatchObject({ exit: 3, talk: expect.stringContaining("SP-708") });
});

test("a token of a role may what the role may: exit 4 beyond it, and nothing once revoked", async () => {
  const made = await run(["token", "create", "--name", "auditor", "--role", "viewer"]);
  expect(made.out).toMatch(/^sallyport_pat_[\w-]{43}\n$/);
  const asAuditor = { SALLYPORT_TOKEN_FILE: file("auditor-token", made.out) };
  expect((await run(["device", "list"], asAuditor)).exit).toBe(0);
  const refused = await run(["device", "revoke", "laptop"], asAuditor);
  expect(refused).toMatchObject({ exit: 4, out: "" });
  expect(refused.talk).toContain("is for the role operator or admin, not viewer");
  expect(await run(["passkey", "list"])).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/^ID /),
  });
  expect(await run(["passkey", "remove", "none"])).toMatchObject({ exit: 1 });
  expect((await run(["token", "list"])).out).toMatch(/auditor +auditor +viewer +live/);
  expect((await run(["token", "revoke", "auditor"])).exit).toBe(0);
  expect((await run(["device", "list"], asAuditor)).exit).toBe(4);
  expect((await run(["token", "create", "--name", "x", "--role", "root"])).exit).toBe(2);
});

test("a token never leaves this host in clear, and the API is never served so", async () => {
  const far = { SALLYPORT_CONTROLLER: "http://ctl.example:8440" };
  expect(await run(["device", "list"], far)).toMatchObject({ exit: 2, out: "" });
  const open = await run(["serve", "--api-host", "0.0.0.0"]);
  expect(open.talk).toContain("loopback only");
  expect(open.exit).toBe(2);
});

test("decisions are listed as other nouns are", async () => {
  const [listed, plain] = [await run(["decision", "list"]), await run(["decision"])];
  expect(listed).toEqual(plain);
  expect(listed).toMatchObject({ exit: 0, out: expect.stringMatching(/^TIME +REFERENCE/) });
});

test("help goes to stdout and is no failure", async () => {
  expect(await run(["--help"])).toMatchObject({ exit: 0, talk: "" });
  expect((await run(["enrol-key", "create", "--help"])).out).toContain("--allow-from");
});

test.each([
  [["--json"], "no command was given"],
  [["device", "--json"], "no command was given"],
  [["audit", "verify", "--key", "--json"], "argument missing"],
])("%j is refused with one JSON object", async (argv, why) => {
  const { exit, out } = await run(argv);
  expect(exit).toBe(2);
  expect(JSON.parse(out)).toMatchObject({
    schema: "sallyport.error/1",
    error: { code: "SP-703", detail: expect.stringContaining(why) },
  });
});

test("init refuses bad pools and URLs before it makes anything", async () => {
  const empty = { SALLYPORT_STATE_DIR: join(folder, "empty") };
  for (const argv of [
    ["init", "--pool4", "8.8.0.0/16"],
    ["init", "--pool4", "100.96.0.1/16"],
    ["init", "--pool4", "10.0.0.0/8"],
    ["init", "--url", "http://ctl.example"],
    ["init", "--trust-domain", "Corp Example"],
  ]) {
    const { exit, talk } = await run(argv, empty);
    expect({ argv, exit }).toEqual({ argv, exit: 2 });
    expect(talk).toContain("SP-703");
  }
  expect(() => statSync(join(folder, "empty", "token"))).toThrow(/ENOENT/);
});
