import { expect, test } from "vitest";
import { statusLines, type StatusLine } from "../cli/status-line.ts";
import { entryOf } from "#shared/posture/catalogue.ts";
import { statusStates } from "../core/local/status.ts";
import { closedResource, openResource, statusOf } from "../../test/fakes/surface-samples.ts";
import { faceOf } from "./face.ts";
import { lineOf, menuOf } from "./menu.ts";
import { noticesOf, notToldLately } from "./notices.ts";

const healthy = statusOf("connected", [openResource("wiki"), openResource("db-prod")]);
const partly = statusOf("narrowed", [openResource("wiki"), closedResource("db-prod")]);

test.each([
  ["notEnrolled", "notJoined", false],
  ["pendingApproval", "waiting", false],
  ["signedOut", "notJoined", false],
  ["connecting", "connecting", false],
  ["connected", "protected", false],
  ["narrowed", "partly", true],
  ["blocked", "blocked", true],
  ["offline", "offline", false],
  ["cannotEnforce", "broken", true],
] as const)("%s looks %s", (state, kind, urgent) => {
  expect(faceOf(statusOf(state))).toMatchObject({ kind, urgent });
});

test("every state has a face, and so has an agent that does not answer", () => {
  const kinds = statusStates.map((state) => faceOf(statusOf(state)).kind);
  expect(kinds).toHaveLength(9);
  expect(faceOf(null)).toMatchObject({ kind: "broken", line: "Protection is NOT working" });
});

test("offline says that all is closed only where nothing flows any more", () => {
  expect(faceOf(statusOf("offline", [openResource("wiki")])).line).toBe(
    "Offline; nothing new opens",
  );
  expect(faceOf(statusOf("offline", [closedResource("wiki")])).line).toBe(
    "Offline; protected addresses stay closed",
  );
});

test("what one has done oneself is no alarm; a portal is said as such", () => {
  const disconnect = { down: true, allowed: true, needsReason: false };
  expect(faceOf(statusOf("blocked", [], { disconnect }))).toMatchObject({
    kind: "down",
    urgent: false,
  });
  const warnings = [{ code: "SP-112", title: "", detail: "", fix: "" }];
  expect(faceOf(statusOf("offline", [], { warnings })).kind).toBe("portal");
});

test("a network that asks for sign-in is said once, and one click brings its page", () => {
  const params = { portal: "http://hotel.example/" };
  const warnings = [{ code: "SP-112", params, title: "", detail: "", fix: "" }];
  const portal = statusOf("offline", [closedResource("wiki")], { warnings });
  expect(menuOf(portal)[1]).toMatchObject({
    label: "Open the network's sign-in page",
    action: { kind: "portal" },
  });
  expect(noticesOf(healthy, portal)).toMatchObject([
    { cause: "portal http://hotel.example/", offers: "portal" },
  ]);
  expect(noticesOf(portal, portal)).toEqual([]);
});

test("an isolated device is told so, with what to say on the phone, before anything that could be fixed", () => {
  const reasons = [{ code: "quarantined" as const, params: {} }];
  const shut = { ...closedResource("git.corp"), reasons };
  for (const state of ["blocked", "narrowed"] as const) {
    const isolated = statusOf(state, [closedResource("db-prod"), shut, openResource("wiki")]);
    expect(faceOf(isolated)).toMatchObject({ kind: "isolated", urgent: true });
    const before = statusOf("connected", ["db-prod", "git.corp", "wiki"].map(openResource));
    expect(noticesOf(before, isolated)).toEqual([
      {
        cause: "isolated",
        title: "IT isolated this device",
        body: "Call the service desk, reference 7QK2-M4XE. Your files are untouched.",
        stays: true,
      },
    ]);
  }
});

test("a machine that is held reads so without a single resource, a gateway too", () => {
  const warnings = [{ code: "SP-417", title: "Held by an administrator", detail: "", fix: "" }];
  const held = statusOf("blocked", [], { warnings });
  expect(faceOf(held).kind).toBe("isolated");
  expect(statusLines(held)[0]).toMatch(/^Blocked by an administrator /);
});

test("a resource's state is said in words", () => {
  const stepUp = { ...closedResource("db-prod"), state: "stepUp" as const };
  const [resources] = menuOf(statusOf("narrowed", [stepUp])).filter(({ id }) => id === 3);
  expect(resources?.children.map(({ label }) => label)).toEqual(["db-prod: sign-in"]);
});

test("nothing looks well while a gateway does not answer", () => {
  const warnings = [{ code: "SP-407", title: "Gateway silent", detail: "", fix: "" }];
  const status = statusOf("connected", [openResource("wiki")], { warnings });
  expect(faceOf(status)).toEqual({
    kind: "partly",
    line: "Connected, but a gateway does not answer",
    urgent: false,
  });
  expect(statusLines(status)[0]).toMatch(/^Connected, but a gateway does not answer /);
});

test("the menu has nine lines at most, with what is closed first", () => {
  const many = Array.from({ length: 20 }, (_, at) => openResource(`r${at}`));
  const lines = menuOf(statusOf("narrowed", [...many, closedResource("db-prod")]));
  expect(lines.length).toBeLessThanOrEqual(9);
  expect(lines[0]?.label).toBe(
    "1 blocked: db-prod: the firewall is off or lets strangers in (level base)",
  );
  const resources = lines.find(({ label }) => label === "Resources")?.children ?? [];
  expect(resources.map(({ label }) => label)).toEqual([
    "db-prod: blocked",
    ...many.slice(0, 7).map(({ name }) => `${name}: open`),
    "13 more…",
  ]);
});

test("a number means the same in every menu", () => {
  const meant = (id: number) =>
    [healthy, partly, null].map((status) => lineOf(menuOf(status), id)?.action.kind ?? "absent");
  expect(meant(4)).toEqual(["recheck", "recheck", "absent"]);
  expect(meant(2)).toEqual(["absent", "open", "absent"]);
  expect(meant(8)).toEqual(["quit", "quit", "quit"]);
});

test("what the organisation locked stays in the menu, greyed, with its owner", () => {
  const locked = statusOf("connected", [], {
    managed: ["AlwaysOn"],
    managedBy: "Example Corp",
    disconnect: { down: false, allowed: false, needsReason: false },
  });
  const lines = menuOf(locked).filter(({ enabled }) => !enabled);
  expect(lines.map(({ label, action }) => [label, action.kind])).toEqual([
    ["Disconnect: managed by Example Corp", "none"],
    ["Quit: managed by Example Corp", "none"],
  ]);
});

test("the menu signs in who is not, and out who is, by name", () => {
  const personOf = (session: StatusLine["session"]) =>
    lineOf(menuOf(statusOf("connected", [], { session })), 9);
  expect(personOf({ state: "valid" })).toMatchObject({
    label: "Sign in…",
    action: { kind: "signIn" },
  });
  expect(personOf({ state: "valid", user: "mara@example.com" })).toMatchObject({
    label: "Sign out mara@example.com",
    action: { kind: "signOut" },
  });
  expect(personOf({ state: "none" })).toBeNull();
});

test("text of others cannot turn a line around or break it", () => {
  const evil = { ...openResource("wiki"), name: "a\u202eb\nc" };
  const labels = menuOf(statusOf("connected", [evil])).flatMap(({ children }) =>
    children.map(({ label }) => label),
  );
  expect(labels).toEqual(["a\u{fffd}b\u{fffd}c: open"]);
});

test("a block is said with its cause, its fix and its reference; the way back, too", () => {
  expect(noticesOf(healthy, partly)).toEqual([
    {
      cause: "blocked level_not_met firewall.enabled",
      title: "db-prod is blocked",
      body: "the firewall is off or lets strangers in. Switch on a firewall: sudo ufw enable. Reference 7QK2-M4XE.",
      stays: true,
    },
  ]);
  expect(noticesOf(partly, healthy)).toMatchObject([
    { title: "db-prod is open again", stays: false },
  ]);
  expect(noticesOf(null, partly)).toEqual([]);
  expect(noticesOf(healthy, null)).toMatchObject([{ title: "Protection is NOT working" }]);
});

test("whatever is too long for a notice, its reference and what became of it are not cut off", () => {
  const name = "a-database-of-the-department-of-long-names-in-production";
  const [fix] = closedResource(name).fixes;
  const long = { ...closedResource(name), fixes: [{ ...fix!, text: "Switch it on. ".repeat(12) }] };
  const [said] = noticesOf(
    statusOf("connected", [openResource(name)]),
    statusOf("narrowed", [long]),
  );
  expect(said?.title).toMatch(/^a-database.*… is blocked$/);
  expect(said?.title).toHaveLength(45);
  expect(said?.body).toMatch(/ Reference 7QK2-M4XE\.$/);
  expect(said?.body.length).toBeLessThanOrEqual(140);
});

test.each([
  ["1. Open Settings. 2. Choose `Firewall`.", undefined, "1. Open Settings; 2. Choose Firewall."],
  ["Open Settings > Firewall.", "netsh on", "Open Settings > Firewall."],
  [`1. ${"Do this. ".repeat(10)} 2. Do that.`, "sudo do both", "Run: sudo do both."],
  [
    `1. ${"Do it. ".repeat(12)} 2. See: \`b\`.`,
    "b",
    'Steps: "How to fix it", or: sallyport explain db.',
  ],
])("a notice of %s says the whole of it or where it stands", (text, command, told) => {
  const [fix] = closedResource("db").fixes;
  const closed = { ...closedResource("db"), fixes: [{ ...fix!, text, command }] };
  const [said] = noticesOf(
    statusOf("connected", [openResource("db")]),
    statusOf("narrowed", [closed]),
  );
  expect(said?.body).toBe(`the firewall is off or lets strangers in. ${told} Reference 7QK2-M4XE.`);
});

test("each machine's way to switch its firewall on is told whole, or where it stands", () => {
  const { darwin, linux, windows } = entryOf("firewall.enabled")?.fix ?? {};
  const fixes = [darwin, linux, windows].flatMap((fix) => [fix!, ...(fix?.ways ?? [])]);
  const bodies = fixes.map(({ text, command }) => {
    const fix = { signal: "firewall.enabled", who: "user", text, command } as const;
    const closed = { ...closedResource("db-prod"), fixes: [fix] };
    return noticesOf(healthy, statusOf("narrowed", [openResource("wiki"), closed]))[0]?.body ?? "";
  });
  for (const body of bodies) {
    expect(body).toMatch(/^the firewall [^`…]* Reference 7QK2-M4XE\.$/);
    expect(body.length).toBeLessThanOrEqual(140);
  }
  expect(bodies[0]).toContain("System Settings > Network > Firewall");
  expect(bodies.join("\n")).toContain(
    "Run: sudo ufw allow ssh && sudo ufw default deny incoming && sudo ufw enable.",
  );
});

test("a disconnect of one's own is not told to oneself", () => {
  const disconnect = { down: true, allowed: true, needsReason: false };
  const down = statusOf("blocked", [closedResource("db-prod")], { disconnect });
  expect(noticesOf(statusOf("connected", [openResource("db-prod")]), down)).toEqual([]);
});

test.each([
  ["SP-101", "Enrolment key expired"],
  ["SP-102", "Enrolment key used up"],
  ["SP-104", "Enrolment key malformed"],
])(
  "a key that was refused with %s is said at the icon, in its menu and by a notice",
  (code, title) => {
    const fix = "ask your administrator for a new enrolment key";
    const warnings = [{ code, title, detail: "enrolment key `ek_1` is of no use", fix }];
    const refused = statusOf("notEnrolled", [], { warnings });
    const line = `This machine has not joined: ${title.toLowerCase()} (${code})`;
    expect(faceOf(refused)).toEqual({ kind: "notJoined", line, urgent: true });
    expect(menuOf(refused)[0]?.label).toBe(line);
    expect(noticesOf(statusOf("notEnrolled"), refused)).toMatchObject([
      { title: "This machine has not joined", body: expect.stringContaining(`(${code}). ${fix}`) },
    ]);
    expect(noticesOf(refused, refused)).toEqual([]);
  },
);

test("a cause is told once in four hours", () => {
  const notices = noticesOf(healthy, partly);
  const first = notToldLately(notices, new Map(), 0);
  expect(first.now).toHaveLength(1);
  expect(notToldLately(notices, first.told, 4 * 3_600_000 - 1).now).toEqual([]);
  expect(notToldLately(notices, first.told, 4 * 3_600_000).now).toHaveLength(1);
});
