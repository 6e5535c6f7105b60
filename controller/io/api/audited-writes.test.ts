// Every route of the contract either asks, or leaves in the audit log who did it, with what was and what is.
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { osIntel } from "#shared/posture/os-intel.ts";
import { apiContract, type Route } from "#shared/protocol/api/contract.ts";
import {
  type AdminApiUnderTest,
  type ApiAnswer,
  openAdminApi,
} from "../../../test/fakes/admin-api.ts";
import {
  applySet,
  filesFor,
  type Headers,
  looked,
  storeRequest,
  tokenHeaders,
} from "../../../test/fakes/approval-scene.ts";
import { enrolDevice, enrolGateway } from "../../../test/fakes/enrolled-device.ts";
import { makeSoftwarePasskey } from "../../../test/fakes/software-authenticator.ts";
import { signOsIntel } from "../os-intel/signature.ts";
import { storedSignIn } from "../sign-in/sign-in-settings.ts";

let api: AdminApiUnderTest;
let approver: Headers;

beforeAll(async () => {
  api = await openAdminApi();
  approver = await tokenHeaders(api, { name: "ana", role: "approver" });
});
afterAll(() => api.close());

/** Routes that ask, that only begin what a browser goes on with, or say that somebody is still there. */
const questions: readonly Route[] = [
  "POST /policies/check",
  "POST /policies/plan",
  "POST /policies/diff",
  "POST /policies/simulate",
  "POST /passkeys/options",
  "POST /session/passkey/options",
  "POST /session/set-up/options",
  "POST /session/provider",
  "POST /session/activity",
  "POST /device-sign-ins/look",
  "POST /device-sign-ins",
];

/** What an entry tells. */
type Told = readonly ("before" | "after")[];
const [made, changed, ended] = [["after"], ["before", "after"], ["before"]] as const;
/** It happened, and nothing is another than before. */
const happened: Told = [];

const written = new Set<Route>();

interface Audited {
  readonly seq: number;
  readonly actor: string;
  readonly body: object;
}

async function newest(): Promise<Audited> {
  const { body } = await api.ask("GET", "/audit?limit=1");
  return (body["items"] as Audited[])[0]!;
}

/** Runs a write; the newest entry after it is its own. */
async function wrote<T>(route: Route, told: Told, run: () => Promise<T>): Promise<T> {
  const before = await newest();
  const answer = await run();
  const { seq, actor, body } = await newest();
  const tells = ["before", "after"].filter((member) => member in body);
  expect({ route, tells }).toEqual({ route, tells: told });
  expect(seq, route).toBeGreaterThan(before.seq);
  expect(actor, route).toMatch(/^admin:/);
  expect(JSON.stringify(body), route).not.toMatch(
    /sallyport_pat_|sp1_|[a-z]Hash|sealed|[a-z]Secret":"/,
  );
  written.add(route);
  return answer;
}

async function ask(method: string, path: string, body: object = {}, headers?: Headers) {
  const answer = await api.ask(method, path, { body, headers: headers ?? api.asRootOver });
  const { status } = answer;
  expect(status, `${method} ${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer;
}
const post = (path: string, body?: object, headers?: Headers) => ask("POST", path, body, headers);
const textOf = ({ body }: ApiAnswer, member: string) => String(body[member]);

async function placesAndDevices(): Promise<void> {
  const site =
    (headers: Headers, name = "hq") =>
    () =>
      ask("PUT", `/sites/${name}`, {}, headers);
  await wrote("PUT /sites/:name", changed, site(api.asRoot));
  await wrote("PUT /sites/:name", changed, site(api.asRootOver));
  const at = "{host: 10.0.0.9, proto: tcp, ports: [22]}";
  const text = `apiVersion: sallyport/v1\nresources: [{name: git, site: hq, targets: [${at}]}]\n`;
  const order = { files: [{ file: "r.yaml", text }] };
  await wrote("POST /resources", changed, () => post("/resources", order));
  await wrote("DELETE /resources/:key", ended, () => ask("DELETE", "/resources/git"));
  await site(api.asRoot, "spare")();
  await wrote("DELETE /sites/:name", ended, () => ask("DELETE", "/sites/spare"));
  const key = await wrote("POST /enrol-keys", made, () => post("/enrol-keys", { name: "k" }));
  await wrote("POST /enrol-keys/:key/revoke", changed, () =>
    post(`/enrol-keys/${textOf(key, "id")}/revoke`),
  );
  await enrolDevice(api, "laptop", 2);
  for (const step of ["approve", "quarantine", "release"] as const) {
    await wrote(`POST /identities/:key/${step}`, changed, () => post(`/identities/laptop/${step}`));
  }
  await wrote("PATCH /devices/:key", changed, () => ask("PATCH", "/devices/laptop", { tags: [] }));
  api.control.recheck = () => true;
  const again = () => post("/devices/laptop/recheck");
  await wrote("POST /devices/:key/recheck", happened, again);
  const devices = [await enrolDevice(api, "desk")];
  const steps = (step: string) => () => post("/devices/steps", { step, devices });
  await wrote("POST /devices/steps", happened, steps("recheck"));
  await wrote("POST /devices/steps", changed, steps("quarantine"));
  await wrote("POST /identities/:key/revoke", changed, () => post("/identities/desk/revoke"));
  await post(`/identities/${await enrolGateway(api, "gate", "hq")}/approve`);
  await wrote("PATCH /gateways/:key", changed, () =>
    ask("PATCH", "/gateways/gate", { priority: 7 }),
  );
  const alert = { device: "laptop", sighting: "edr.alert", detail: "case 1" };
  await wrote("POST /risk/reports", happened, () => post("/risk/reports", alert));
}

async function policySets(): Promise<void> {
  const apply = (condition: string) => () => applySet(api, condition);
  const first = await wrote("POST /policies", changed, apply("disk.encrypted: {is: true}"));
  await wrote("POST /policies", changed, apply("firewall.enabled: {is: true}"));
  const back = { version: textOf(first, "version"), ...looked };
  await wrote("POST /policies/rollback", changed, () => post("/policies/rollback", back));
  const watch = (condition: string) => () =>
    ask("PUT", "/policies/shadow", { files: filesFor(condition), ...looked });
  await wrote("PUT /policies/shadow", changed, watch("edr.running: {is: true}"));
  const [trial, cause] = ["policy:extra:0123456789abcdef", "0123456789abcdef"];
  const because = { before: ["staff"], after: ["extra"] };
  const counted = { firstAt: 1, lastAt: 2, count: 3, devices: [], because };
  const row = { trial, cause, resource: "wiki", before: "open", after: "closed", ...counted };
  const differences = [row as never];
  api.desk.watched = [{ trial, startedAt: 0, decisions: 50, differences }];
  const meant = { trial, cause, reason: "meant" };
  await wrote("POST /policies/shadow/accept", made, () => post("/policies/shadow/accept", meant));
  api.desk.watched = [];
  await wrote("POST /policies/shadow/promote", changed, () =>
    post("/policies/shadow/promote", { override: "now", ...looked }),
  );
  await watch("users.guest: {is: false}")();
  await wrote("POST /policies/shadow/stop", changed, () => post("/policies/shadow/stop"));
}

async function policySteps(): Promise<void> {
  const rings = 'rings:\n  - {name: canary, groups: [it]}\n  - {name: all, groups: ["*"]}\n';
  const [{ file, text } = { file: "", text: "" }] = filesFor("disk.encrypted: {is: true}");
  const ringed = { files: [{ file, text: `${text}${rings}` }], allowLockout: true, ...looked };
  const change = textOf(await post("/policies", ringed), "change");
  const halt = { change: Number(change), at: 1, status: "halted", ring: 0, why: "x" } as const;
  await api.store.write("rows.write", [{ kind: "rollOutStep", ...halt }]);
  for (const step of ["resume", "abort"]) {
    const settle = () => post(`/policies/changes/${change}/${step}`, looked);
    await wrote("POST /policies/changes/:change/:step", changed, settle);
  }
  const rules = (secondApprover: boolean) => () =>
    ask("PUT", "/policies/rules", { secondApprover });
  await wrote("PUT /policies/rules", changed, rules(true));
  const waiting = textOf(await applySet(api, "users.guest: {is: false}"), "change");
  const agree = () => post(`/policies/changes/${waiting}/approve`, looked, approver);
  await wrote("POST /policies/changes/:change/approve", changed, agree);
  const { body } = await rules(false)();
  const { hash } = body["wanted"] as { hash: string };
  const deny = () => post("/policies/rules/deny", { hash }, approver);
  await wrote("POST /policies/rules/:step", changed, deny);
}

async function requests(): Promise<void> {
  const device = textOf(await api.ask("GET", "/devices/laptop"), "id");
  const request = (id: string) => storeRequest(api, { id, device });
  // Only a device that is evaluated can be asked for; the operation is that of the route.
  await request("req_1");
  written.add("POST /requests");
  await wrote("POST /requests/:key/approve", changed, () =>
    post("/requests/req_1/approve", undefined, approver),
  );
  await wrote("POST /requests/:key/end", changed, () => post("/requests/req_1/end"));
  await request("req_2");
  await wrote("POST /requests/:key/deny", changed, () =>
    post("/requests/req_2/deny", undefined, approver),
  );
}

const origin = () => api.url.replace("127.0.0.1", "localhost").replace("/api/v1", "");

/** Asks as the console's page does; the answer is what it is, and who is signed in by it. */
async function asPage(path: string, body: object) {
  const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
  const order = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${api.url}${path}`, order);
  expect(response.status, path).toBeLessThan(300);
  const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  const session = { cookie, "sec-fetch-site": "same-origin" };
  return { answer: (await response.json()) as never, session };
}

async function signIns(): Promise<void> {
  const ci = { name: "ci", role: "viewer", validForSeconds: 60 };
  await wrote("POST /tokens", made, () => post("/tokens", ci));
  await wrote("POST /tokens/:key/revoke", ended, () => post("/tokens/ci/revoke"));
  await wrote("POST /session/links", made, () => post("/session/links"));
  const token = api.asRoot["authorization"]?.replace("Bearer ", "");
  const { session } = await wrote("POST /session", happened, () => asPage("/session", { token }));
  await wrote("POST /session/end", ended, () => post("/session/end", undefined, session));
  const link = await wrote("POST /session/set-up-links", made, () =>
    post("/session/set-up-links", { role: "viewer" }),
  );
  const who = { link: textOf(link, "url").replace(/^.*=/, ""), name: "vera" };
  const key = makeSoftwarePasskey(origin());
  const asked = await asPage("/session/set-up/options", who);
  const credential = key.create(asked.answer);
  const vera = await wrote("POST /session/set-up", made, () =>
    asPage("/session/set-up", { ...who, credential }),
  );
  const more = await post("/passkeys/options", undefined, vera.session);
  const spare = makeSoftwarePasskey(origin()).create(more.body as never);
  const added = await wrote("POST /passkeys", made, () =>
    post("/passkeys", { name: "spare", credential: spare }, vera.session),
  );
  await wrote("POST /passkeys/:key/remove", ended, () =>
    post(`/passkeys/${textOf(added, "id")}/remove`, undefined, vera.session),
  );
  const challenge = await asPage("/session/passkey/options", {});
  const use = { credential: key.use(challenge.answer) };
  await wrote("POST /session/passkey", happened, () => asPage("/session/passkey", use));
}

async function settings(): Promise<void> {
  const retention = { eventDays: 60, otherDays: 500 };
  await wrote("PATCH /settings", changed, () => ask("PATCH", "/settings", { retention }));
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const publisher = publicKey.export({ type: "spki", format: "pem" });
  const times = { issuedAt: Date.now() - 2, expiresAt: Date.now() + 86_400_000 };
  const support = { ...osIntel, rolling: [...osIntel.rolling] };
  const bundle = { schema: "sallyport.os-intel/1", ...times, support, builds: {} } as const;
  for (const sequence of [1, 2]) {
    const jws = signOsIntel({ ...bundle, sequence }, privateKey);
    await wrote("POST /os-intel", changed, () => post("/os-intel", { jws, publisher }));
  }
}

/** What needs a provider, a directory or a root key: the operation behind the route. */
async function operations(): Promise<void> {
  const audit = { at: 1, actor: "admin:root", subject: "x", body: {} } as const;
  const write = api.store.write.bind(api.store);
  for (const clientId of ["a", "b"]) {
    const given = { issuer: "https://idp.example", clientId, sealedSecret: "x" };
    const order = {
      value: storedSignIn.parse(given),
      audit: { ...audit, action: "sign-in apply" },
    };
    await wrote("PUT /sign-in", changed, () => write("sign_in.apply", order as never));
  }
  const name = { name: "mara", displayName: "Mara", email: null, externalId: "e1", active: true };
  const order = { user: { id: null, ...name }, audit: { ...audit, action: "user apply" } } as const;
  const { id } = await write("directory.put_user", order);
  for (const step of ["sign-out", "deactivate", "activate"] as const) {
    await wrote(`POST /users/:key/${step}`, changed, () => post(`/users/${id}/${step}`));
  }
  const key = { kid: "k1", holder: "ann", sig: "s", crv: "Ed25519", kty: "OKP", x: "x" } as const;
  const glass = { key, audit: { ...audit, action: "break-glass register" } } as const;
  await wrote("POST /break-glass/keys", made, () => write("break_glass.register", glass));
  await wrote("POST /break-glass/keys/:key/revoke", ended, () =>
    post("/break-glass/keys/k1/revoke"),
  );
  const added = { id: "key1", purpose: "grant", sealed: new Uint8Array(1), activeFromAt: null };
  const announce = { keys: [added], audit: { ...audit, action: "key announce" } } as const;
  await wrote("POST /keys/rotate", made, () => write("key.add", announce));
}

test("every write leaves who did it, with what was and what is", async () => {
  await placesAndDevices();
  await policySets();
  await policySteps();
  await requests();
  await signIns();
  await settings();
  await operations();
  const routes = Object.keys(apiContract) as Route[];
  const left = routes.filter((route) => !route.startsWith("GET ") && !written.has(route));
  expect(left.toSorted()).toEqual(questions.toSorted());
});
