// The way of a new administrator, by the command line alone: from a key to reading why.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { runCommand } from "./controller-command.ts";
import { patience } from "./patience.ts";
import {
  answerGrants,
  beatOf,
  enrol,
  eventOf,
  join,
  joinGateway,
  link,
  newKey,
  reportOf,
  wireguardKeyOf,
} from "./raw-agent.ts";

let controller: ControllerUnderTest;
const folder = mkdtempSync(pathOf(tmpdir(), "sallyport-journey-"));

beforeAll(async () => {
  controller = await startController();
  await controller.furnish();
  answerGrants(await link(controller, await joinGateway(controller, "gw-office")));
  // Somebody keeps access: a set that would shut everybody out needs another word.
  const desk = await join(controller, "desk-1");
  const opened = await link(controller, desk);
  opened.send(reportOf(desk.key, eventOf(1, "firewall.enabled", true)));
  opened.send(reportOf(desk.key, eventOf(2, "disk.encrypted", true)));
  opened.send(beatOf({ "firewall.enabled": true, "disk.encrypted": true }, 2));
});
afterAll(async () => {
  await controller.remove();
  rmSync(folder, { recursive: true });
});

const run = (...argv: readonly string[]) => runCommand(controller, argv);

function policyFile(name: string, when: string): string {
  const path = pathOf(folder, name);
  const text = `apiVersion: sallyport/v1
policies:
  - id: staff-wiki
    effect: allow
    subjects: {groups: [staff]}
    resources: {names: [wiki]}
    when: {${when}}
    tests:
      - {expect: allow}
`;
  writeFileSync(path, text);
  return path;
}

test("a key is made, a device joins by it, and what it reports is seen", async () => {
  const made = await run("enrol-key", "create", "--name", "laptops", "--group", "staff");
  expect(made).toMatchObject({ exit: 0, talk: expect.stringContaining("It is not kept") });
  const key = newKey();
  const { body } = await enrol(controller, made.out.trim(), { key, name: "laptop-7" });
  const { id, chain } = body as { id: string; chain: string[] };
  const laptop = { id, key, chain, wgPublicKey: wireguardKeyOf("laptop-7") };
  const opened = await link(controller, laptop);
  opened.send(reportOf(key, eventOf(1, "firewall.enabled", true)));
  opened.send(reportOf(key, eventOf(2, "disk.encrypted", false)));
  opened.send(beatOf({ "firewall.enabled": true, "disk.encrypted": false }, 2));
  await opened.next("verdict", ({ resources }) => resources.some(({ state }) => state === "open"));
  expect((await run("device", "list", "--search", "LAPTOP-7")).out).toMatch(
    /laptop-7 +active +yes/,
  );
  expect((await run("device", "events", "laptop-7")).out).toMatch(/disk\.encrypted +false/);
  expect((await run("access", "list")).out).toMatch(/laptop-7 +wiki +allow +staff-wiki/);
  expect((await run("access", "leases")).out).toMatch(/laptop-7 +gw-office +wiki/);
  expect((await run("overview")).out).toMatch(/devices +2, 2 connected/);
});

test("a device is blocked by hand, with what gateways closed and how long it took", async () => {
  const blocked = await run("device", "quarantine", "laptop-7");
  expect(blocked.out).toMatch(
    /^laptop-7 is quarantined, done in \d+ ms\ngw-office closed 1 access in \d+ ms\n$/,
  );
  expect((await run("device", "show", "laptop-7")).out).toContain("the device was quarantined");
  expect((await run("audit", "list", "--search", "quarantine")).out).toMatch(
    /admin:root token:root +device quarantine/,
  );
  await run("device", "release", "laptop-7");
});

test("a wrong rule is told with its place; a right one says who loses before it is in force", async () => {
  const typo = policyFile("typo.yaml", "disk.encrypte: {is: true}");
  const refused = await run("policy", "lint", typo);
  expect(refused.exit).toBe(2);
  expect(refused.out + refused.talk).toMatch(
    /typo\.yaml:7:\d+: E6\d\d .*did you mean `disk\.encrypted`/,
  );
  const next = policyFile("next.yaml", "disk.encrypted: {is: true}");
  expect(await run("policy", "test", next, "--online")).toMatchObject({ exit: 0 });
  const plan = await run("policy", "plan", next);
  expect(plan).toMatchObject({
    exit: 1,
    out: expect.stringMatching(/1 lose and 0 gain[^]*laptop-7/),
  });
  expect((await run("policy", "apply", next, "--dry-run")).out).toContain("1 lose");
  expect((await run("policy", "status")).out).not.toContain("CHG-7");
  const applied = await run("policy", "apply", next, "--reason", "CHG-7");
  expect(applied).toMatchObject({ exit: 0, out: expect.stringContaining("is in force") });
  const same = policyFile("same.yaml", "disk.encrypted:   {is:  true}");
  expect(await run("policy", "plan", same)).toMatchObject({ exit: 0 });
});

test("why she is blocked is answered by her device, by a reference, and by deciding again", async () => {
  const shown = await run("device", "show", "laptop-7");
  const [, reference = ""] = /wiki +deny +([0-9A-Z]{4}-[0-9A-Z]{4})/.exec(shown.out) ?? [];
  // A decision counts before it is on disk, where it is looked up.
  await vi.waitFor(
    async () =>
      expect(await run("decision", reference)).toMatchObject({
        exit: 0,
        out: expect.stringContaining("disk.encrypted was false"),
      }),
    patience,
  );
  const again = await run("explain", reference);
  expect(again).toMatchObject({ exit: 0, out: expect.stringContaining("the same in every part") });
});

test("steps for many name them first; nothing is done without a yes", async () => {
  const named = await run("device", "quarantine", "--search", "laptop");
  expect(named).toMatchObject({ exit: 1, talk: expect.stringContaining("add --yes") });
  expect((await run("device", "list", "--status", "quarantined")).out).not.toContain("laptop-7");
  const done = await run("device", "quarantine", "--search", "laptop", "--yes", "--json");
  expect(JSON.parse(done.out)).toMatchObject({
    schema: "sallyport.device-steps/1",
    done: true,
    items: [{ name: "laptop-7", status: "quarantined", problem: null }],
  });
});

test("what a file would change is shown before it is changed, and over what was read", async () => {
  const path = pathOf(folder, "site.yaml");
  writeFileSync(path, "name: office\nresolvers: [10.77.0.53]\n");
  const differs = await run("site", "diff", path);
  expect(differs).toMatchObject({
    exit: 1,
    out: expect.stringMatching(/office +changed +resolvers/),
  });
  expect((await run("site", "apply", path)).out).toContain("1 site applied: office changed");
  expect(await run("site", "diff", path)).toMatchObject({ exit: 0, out: "no difference\n" });
  expect((await run("setting", "set", "--keep-reports", "60")).out).toMatch(
    /reports are kept +60 d/,
  );
});
