import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { signInOrder } from "#shared/protocol/api/sign-in.ts";
import { type HostileProvider, openHostileProvider } from "../../../test/fakes/hostile-provider.ts";
import { signInBy } from "../../../test/fakes/identity-provider.ts";
import { parseCidr } from "#shared/net/cidr.ts";
import { makeClock } from "../clock/clock.ts";
import {
  type Demand,
  findIdentityProvider,
  type IdentityProvider,
  type Vouched,
} from "./identity-provider.ts";
import { makeOutwardFetch } from "./outward-fetch.ts";

let provider: HostileProvider;

beforeEach(async () => {
  provider = await openHostileProvider();
});
afterEach(() => provider.close());

const redirectUri = "http://localhost/back";

function find(): Promise<IdentityProvider> {
  const { clientSecret: _, ...settings } = signInOrder.parse(signInBy(provider.issuer));
  const outward = makeOutwardFetch([parseCidr("127.0.0.1/32")].filter((net) => net !== null));
  const parts = { secret: undefined, outward, clock: makeClock() };
  return findIdentityProvider({ ...settings, sealedSecret: null }, parts);
}

async function signIn(
  from: IdentityProvider,
  demand: Demand = { acrValues: [], maxAgeSeconds: null },
): Promise<Vouched> {
  const { url, journey } = await from.depart(redirectUri, demand);
  provider.nonce = journey.nonce;
  const state = new URL(url).searchParams.get("state") ?? "";
  return from.arrive(new URL(`${redirectUri}?code=c&state=${state}`), journey);
}

const nowSeconds = () => Math.floor(Date.now() / 1_000);

test.each<readonly [string, Readonly<Record<string, unknown>>]>([
  ["before its time", { nbf: nowSeconds() + 86_400 }],
  ["of a time to come", { iat: nowSeconds() + 300 }],
  ["of a sign-in to come", { auth_time: nowSeconds() + 300 }],
  ["without an end", { exp: undefined }],
  ["without a time", { iat: undefined }],
  ["without a nonce", { nonce: undefined }],
  ["without a subject", { sub: undefined }],
  ["with a subject that is none", { sub: 7 }],
  ["with a subject beyond measure", { sub: "x".repeat(256) }],
  ["for two audiences", { aud: ["sallyport", "x"] }],
  ["of another party", { azp: "x" }],
])("an ID token %s is refused", async (_name, claims) => {
  provider.forgery = { claims };
  await expect(signIn(await find())).rejects.toMatchObject({ code: "SP-722" });
});

test.each<readonly [string, number | undefined]>([
  ["that is old", 5_000],
  ["of no age", undefined],
])("a sign-in %s is no fresh one (step-up)", async (_name, ageSeconds) => {
  const auth_time = ageSeconds === undefined ? undefined : nowSeconds() - ageSeconds;
  provider.forgery = { claims: { auth_time } };
  const demand = { acrValues: [], maxAgeSeconds: 60 };
  await expect(signIn(await find(), demand)).rejects.toMatchObject({ code: "SP-722" });
  expect(await signIn(await find())).toMatchObject({ person: { subject: "sub-mara" } });
});

test("what is told beside the ID token lifts nobody's strength or freshness (step-up)", async () => {
  provider.forgery = { claims: { groups: undefined } };
  const strong = { acr: "phr", amr: ["mfa"], auth_time: nowSeconds() };
  provider.userinfo = { sub: "sub-mara", groups: ["netadmins"], ...strong };
  expect(await signIn(await find())).toMatchObject({
    person: { groups: ["netadmins"] },
    acr: "",
    amr: [],
    authAt: null,
  });
});

test("what is told of somebody else is refused (UserInfo of another subject)", async () => {
  provider.forgery = { claims: { groups: undefined } };
  provider.userinfo = { sub: "sub-kim", groups: ["netadmins"] };
  await expect(signIn(await find())).rejects.toMatchObject({ code: "SP-722" });
});

test("a key that came after the provider was asked is learned; a provider that is gone is named", async () => {
  const before = await find();
  await signIn(before);
  provider.rotate();
  expect(await signIn(await find())).toMatchObject({ person: { subject: "sub-mara" } });
  provider.close();
  await expect(find()).rejects.toMatchObject({ code: "SP-721" });
  await expect(signIn(before)).rejects.toMatchObject({ code: "SP-721" });
});

test.each(["jwks_uri", "token_endpoint", "userinfo_endpoint"])(
  "its %s, too, is asked at an address outside alone (SSRF)",
  async (name) => {
    let reached = 0;
    const trap = createServer(() => (reached += 1));
    await new Promise<void>((resolve) => trap.listen(0, "127.0.0.2", resolve));
    const { port } = trap.address() as AddressInfo;
    provider.metadata = { [name]: `http://127.0.0.2:${port}/latest/meta-data` };
    provider.forgery = { claims: { groups: undefined } };
    await expect(signIn(await find())).rejects.toMatchObject({ code: "SP-721" });
    expect(reached).toBe(0);
    await new Promise((resolve) => trap.close(resolve));
  },
);
