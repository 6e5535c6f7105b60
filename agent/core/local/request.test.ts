import { expect, test } from "vitest";
import { secret } from "#shared/base/secret.ts";
import { plainSettings } from "../settings.ts";
import type { SignedInBy } from "./signed-in.ts";
import { type LocalRequest, type Peer, refusalOf } from "./request.ts";

/** One request of every verb; the compiler misses one that is added without a line here. */
const requests: Readonly<Record<LocalRequest["verb"], LocalRequest>> = {
  status: { verb: "status" },
  watch: { verb: "watch" },
  doctor: { verb: "doctor" },
  settings: { verb: "settings" },
  up: { verb: "up" },
  portal: { verb: "portal" },
  unenrol: { verb: "unenrol" },
  posture: { verb: "posture" },
  privacy: { verb: "privacy", sinceAt: 0 },
  explain: { verb: "explain", resource: "wiki" },
  recheck: { verb: "recheck", signals: null },
  request: { verb: "request", resource: "wiki", reason: "incident", seconds: 60 },
  login: { verb: "login" },
  logout: { verb: "logout" },
  down: { verb: "down", reason: null },
  enrol: { verb: "enrol", by: { kind: "key", key: secret("sp1_") } },
};

const nobody: SignedInBy = { kind: "nobody" };

function refusedTo(
  uid: number,
  { settings = plainSettings(), signedIn = nobody, seat = undefined as Peer["seat"] } = {},
): readonly string[] {
  const peer = { uid, user: "somebody", seat };
  return Object.entries(requests)
    .filter(([, request]) => refusalOf(request, peer, { settings, signedIn, os: "linux" }) !== null)
    .map(([verb]) => verb)
    .sort();
}

test("GHSA-qcpp-8vwj-hhwr: any user may call the socket, and changes nothing of the machine by it", () => {
  expect(refusedTo(65_534)).toEqual(["enrol", "unenrol"]);
  expect(refusedTo(0)).toEqual([]);
});

test("device management narrows what people may, and never widens it", () => {
  const locked = { ...plainSettings(), allowUserDisconnect: false };
  expect(refusedTo(1_000, { settings: locked })).toEqual(["down", "enrol", "logout", "unenrol"]);
  expect(refusedTo(0, { settings: locked })).toEqual([]);
  expect(refusedTo(0, { settings: { ...locked, alwaysOn: true } })).toEqual(["down", "logout"]);
});

test("who may not sign out is told by whose setting, and whom to ask", () => {
  const own = { managedBy: "Example Corp", supportUrl: "https://help.example" };
  const settings = { ...plainSettings(), ...own, allowUserDisconnect: false };
  const ask = (uid: number, more: object = {}) =>
    refusalOf(
      { verb: "logout" },
      { uid, user: "ada" },
      {
        settings: { ...settings, ...more },
        signedIn: nobody,
        os: "linux",
      },
    );
  const params = { verb: "logout", owner: "Example Corp", support: "https://help.example" };
  expect(ask(1_000)).toEqual({
    code: "SP-420",
    params: { ...params, setting: "AllowUserDisconnect=false" },
  });
  expect(ask(0)).toBeNull();
  expect(ask(0, { alwaysOn: true })).toEqual({
    code: "SP-420",
    params: { ...params, setting: "AlwaysOn=true" },
  });
});

test("where nothing of the machine is read, nobody is told that it is looked at again", () => {
  const settings = { ...plainSettings(), postureChecking: false, managedBy: "Example Corp" };
  expect(refusedTo(0, { settings })).toEqual(["recheck"]);
  const peer = { uid: 0, user: "root" };
  const standing = { settings, signedIn: nobody, os: "linux" } as const;
  expect(refusalOf(requests.recheck, peer, standing)).toMatchObject({
    code: "SP-420",
    params: { setting: "PostureChecking=never", owner: "Example Corp" },
  });
});

const root = ["enrol", "unenrol"];
const mine = { kind: "user", uid: 1_000 } as const;

test.each<readonly [string, Parameters<typeof refusedTo>[1], readonly string[]]>([
  ["sits at the screen", { seat: "own" }, []],
  ["does not, while somebody sits there", { seat: "another's" }, ["login"]],
  ["signed in here before", { signedIn: mine }, []],
  ["signed in, while somebody else sits there", { signedIn: mine, seat: "another's" }, ["login"]],
  [
    "did not sign in, but sits there",
    { signedIn: { kind: "user", uid: 7 }, seat: "own" },
    ["down", "logout"],
  ],
  [
    "neither signed in nor sits there",
    { signedIn: { kind: "user", uid: 7 } },
    ["down", "login", "logout"],
  ],
  [
    "sits there, where it is not known who signed in",
    { signedIn: { kind: "unknown" }, seat: "own" },
    [],
  ],
  [
    "is not seen, where it is not known who signed in",
    { signedIn: { kind: "unknown" } },
    ["down", "login", "logout"],
  ],
])(
  "a sign-in is for whoever is seen at the device and ended by whose it is: who %s",
  (_, standing, refused) => {
    expect(refusedTo(1_000, standing)).toEqual([...refused, ...root].sort());
    expect(refusedTo(0, standing)).toEqual([]);
  },
);

test("who is refused is told what works", () => {
  const peer = { uid: 1_000, user: "ada", seat: "another's" } as const;
  const signedIn = { kind: "user", uid: 7 } as const;
  const standing = { settings: plainSettings(), signedIn, os: "linux" } as const;
  expect(refusalOf({ verb: "login" }, peer, standing)).toEqual({
    code: "SP-704",
    params: {
      verb: "login",
      who: "the person at the screen",
      command: "`sudo sallyport login`",
    },
  });
  expect(refusalOf({ verb: "logout" }, peer, standing)).toMatchObject({
    params: { who: "whoever signed in here", command: "`sudo sallyport logout`" },
  });
  expect(refusalOf({ verb: "unenrol" }, peer, { ...standing, os: "windows" })).toMatchObject({
    params: {
      who: "administrators",
      command: '`sallyport unenroll` in a prompt opened with "Run as administrator"',
    },
  });
});
