// People on devices: who is signed in by a real provider opens what is theirs, and loses it at once.
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseCidr } from "#shared/net/cidr.ts";
import { BrowserByHand } from "../fakes/browser-by-hand.ts";
import { openProvider, type ProviderUnderTest, signInBy } from "../fakes/identity-provider.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import {
  answerGrants,
  beatOf,
  join,
  joinGateway,
  link,
  payloadOf,
  type RawLink,
} from "./raw-agent.ts";

const policy = `apiVersion: sallyport/v1
policies:
  - id: engineers-wiki
    effect: allow
    subjects: {groups: [engineers]}
    resources: {names: [wiki]}
  - id: engineers-vault
    effect: allow
    subjects: {groups: [engineers]}
    resources: {names: [vault]}
    require: {stepUp: {strength: mfa, maxAge: PT15M}}
`;
const resources = `apiVersion: sallyport/v1
resources:
  - {name: vault, site: office, targets: [{cidr: 10.77.0.2/32, proto: tcp, ports: [443]}]}
`;

let controller: ControllerUnderTest;
let provider: ProviderUnderTest;
let origin: string;
let laptop: RawLink;
let gateway: RawLink;
let asked = 0;

const page = { "sec-fetch-site": "same-origin", "content-type": "application/json" };

beforeAll(async () => {
  const loopback = parseCidr("127.0.0.0/8");
  controller = await startController({ identityProviderNets: loopback === null ? [] : [loopback] });
  origin = controller.apiUrl.replace("127.0.0.1", "localhost");
  provider = await openProvider(`${origin}/api/v1/session/provider/callback`);
  await controller.ask({ method: "PUT", path: "/sign-in", body: signInBy(provider.issuer) });
  await controller.furnish();
  const file = (name: string, text: string) => ({ files: [{ file: name, text }] });
  const places = file("resources.yaml", resources);
  await controller.ask({ method: "POST", path: "/resources", body: places });
  const body = { ...file("policy.yaml", policy), reason: "people" };
  await controller.ask({ method: "POST", path: "/policies", body });
  gateway = await link(controller, await joinGateway(controller, "gate"));
  await gateway.next("snapshot");
  answerGrants(gateway);
  laptop = await link(controller, await join(controller, "laptop", { groups: [] }));
  laptop.send(beatOf({}, 0));
});
afterAll(async () => {
  await provider.close();
  await controller.remove();
});

async function pageFor(demand: object): Promise<{ secret: string; code: string }> {
  asked += 1;
  const ref = `1.${asked}`;
  laptop.send({ kind: "signIn", verb: "begin", ref, ...demand });
  const answer = await laptop.next("signInAnswer", (told) => told.ref === ref);
  expect(answer).toMatchObject({ result: "page", code: expect.stringMatching(/^\w{4}-\w{4}$/) });
  const secret = /#device-sign-in=([\w-]{43})$/.exec(answer.url ?? "")?.[1] ?? "";
  return { secret, code: answer.code ?? "" };
}

/** Goes the way of a browser; returns the page on which it ends. */
async function signIn(demand: object = {}): Promise<string> {
  const { secret, code } = await pageFor(demand);
  const browser = new BrowserByHand();
  const post = async (path: string) => {
    const init = { method: "POST", headers: page, body: JSON.stringify({ ticket: secret }) };
    return (await browser.ask(`${origin}/api/v1${path}`, init)).json();
  };
  expect(await post("/device-sign-ins/look")).toMatchObject({ device: "laptop", code });
  const { url } = (await post("/device-sign-ins")) as { url: string };
  const callback = await browser.follow(url, (here) => here.startsWith(origin));
  const landed = await browser.ask(callback, { headers: { "sec-fetch-site": "cross-site" } });
  return landed.headers.get("location") ?? "";
}

const stateOf = (name: string, state: string) =>
  laptop.next(
    "verdict",
    ({ resources: lines }) => lines.some((line) => line.name === name && line.state === state),
    laptop.messages.length - 1,
  );

async function userId(): Promise<string> {
  const user = await controller.ask({ method: "GET", path: "/users/mara@example.com" });
  return (user as { id: string }).id;
}

test("who signs in opens what their groups may reach; the grant names the person", async () => {
  provider.persona = { ...provider.persona, groups: ["engineers"] };
  const open = laptop.next("verdict", ({ resources: lines }) =>
    lines.some(({ name, state }) => name === "wiki" && state === "open"),
  );
  expect(await signIn()).toBe("/#device-signed-in=yes");
  const told = await laptop.next("userSession", ({ user }) => user !== null);
  expect(told).toMatchObject({ user: { name: "mara@example.com" } });
  await open;
  const { add } = await gateway.next("grants", (message) => message.add.length > 0);
  expect(payloadOf(add[0] ?? "")).toMatchObject({
    act: { sub: await userId() },
    ses: expect.stringMatching(/^ses_/),
  });
});

test("what asks for a stronger sign-in stays closed with the line that mends it, and opens after it", async () => {
  const closed = laptop.messages.findLast((message) => message.kind === "verdict");
  expect(closed).toMatchObject({
    resources: expect.arrayContaining([
      expect.objectContaining({
        name: "vault",
        state: "stepUp",
        reasons: [expect.objectContaining({ code: "step_up_needed" })],
        fixes: [
          {
            signal: "user.sign_in",
            text: "Sign in again",
            command: "sallyport login --strength mfa --max-age 900s",
            who: "user",
          },
        ],
      }),
    ]),
  });
  provider.persona = { ...provider.persona, acr: "mfa", amr: ["pwd", "otp"] };
  const opened = stateOf("vault", "open");
  expect(await signIn({ strength: "mfa", maxAgeSeconds: 900 })).toBe("/#device-signed-in=yes");
  await opened;
});

test("a page counts once, and one that was never made leads nowhere", async () => {
  const order = { method: "POST", headers: page, body: JSON.stringify({ ticket: "x".repeat(43) }) };
  const answer = await fetch(`${origin}/api/v1/device-sign-ins/look`, order);
  expect(answer.status).toBe(401);
});

test("who is deactivated loses it at once, and cannot sign in again", async () => {
  const removed = gateway.next(
    "grants",
    ({ remove }) => remove.length > 0,
    gateway.messages.length,
  );
  const told = laptop.next("userSession", ({ user }) => user === null, laptop.messages.length);
  await controller.ask({ method: "POST", path: `/users/${await userId()}/deactivate` });
  // By a message of its own: nothing waits for a lease to run out.
  expect(await removed).toMatchObject({ remove: [expect.any(String)] });
  expect(await told).toMatchObject({ user: null });
  expect(await signIn()).toBe("/#sign-in-refused=SP-724");
});

test("whom a directory takes away loses it at once, and cannot come back as somebody new", async () => {
  const body = { name: "directory", role: "provisioner", validForSeconds: 600 };
  const made = await controller.ask({ method: "POST", path: "/tokens", body });
  const authorization = `Bearer ${(made as { token: string }).token}`;
  const scim = async (method: string, path: string, content: object) => {
    const headers = { authorization, "content-type": "application/scim+json" };
    const init = { method, headers, body: JSON.stringify(content) };
    const answer = await fetch(`${controller.apiUrl}/scim/v2${path}`, init);
    return (await answer.json()) as { id: string };
  };
  const person = { userName: "kim@example.com", externalId: "sub-kim" };
  const kim = await scim("POST", "/Users", person);
  await scim("POST", "/Groups", { displayName: "engineers", members: [{ value: kim.id }] });
  provider.persona = { sub: "sub-kim", name: "kim@example.com", groups: [] };
  expect(await signIn()).toBe("/#device-signed-in=yes");
  const isKims = (message: { readonly add: readonly string[] }) =>
    message.add.some((jws) => JSON.stringify(payloadOf(jws)).includes(kim.id));
  const opened = await gateway.next("grants", isKims);
  const removed = gateway.next(
    "grants",
    ({ remove }) => remove.length > 0,
    gateway.messages.indexOf(opened),
  );
  await scim("PATCH", `/Users/${kim.id}`, {
    Operations: [{ op: "Replace", path: "active", value: "False" }],
  });
  // By a message of its own: nothing waits for a lease to run out.
  expect(await removed).toMatchObject({ remove: [expect.any(String)] });
  expect(await signIn()).toBe("/#sign-in-refused=SP-724");
});
