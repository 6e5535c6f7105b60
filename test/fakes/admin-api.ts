/** The real admin API over a store in memory, with the control plane and the disk in our hands. */
import { request } from "node:http";
import { CodedError } from "#shared/base/coded-error.ts";
import { secret } from "#shared/base/secret.ts";
import { makeOwnAddress } from "../../controller/io/api/own-address.ts";
import { openApi } from "../../controller/io/api/server.ts";
import { makeClock } from "../../controller/io/clock/clock.ts";
import type { Clock } from "../../controller/ports/clock.ts";
import type { ConsoleFiles } from "../../controller/io/console/console-files.ts";
import { makeSealing } from "../../controller/io/keys/sealing.ts";
import { parseCidr } from "#shared/net/cidr.ts";
import { makePasskeyDesk } from "../../controller/io/passkey/passkey-desk.ts";
import { makeOutwardFetch } from "../../controller/io/sign-in/outward-fetch.ts";
import { makeSignInTickets } from "../../controller/io/sign-in/tickets.ts";
import { makeSignInDesk } from "../../controller/io/sign-in/sign-in-desk.ts";
import { makeLog } from "../../controller/io/log/log.ts";
import type { NewToken } from "../../controller/io/store/operations/token.ts";
import type { StoreThreads } from "../../controller/io/store/store-threads.ts";
import { makeToken, tokenHash } from "../../controller/io/token/token.ts";
import {
  type FakeControlPlane,
  fakeControlPlane,
  type FakeFleetView,
  fakeFleetView,
  type FakePolicyDesk,
  fakePolicyDesk,
} from "./control-plane.ts";
import { openStoreInProcess } from "./store-in-process.ts";

const network = {
  pool4: "100.96.0.0/16",
  pool6: "fd50::/48",
  mtu: 1420,
  extraProtected: [],
};

/** What the API answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request; without `headers` it carries the root token. */
export interface ApiOrder {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An open API and what is behind it. */
export interface AdminApiUnderTest {
  readonly url: string;
  /** Headers of the root token. */
  readonly asRoot: Readonly<Record<string, string>>;
  /** The same, and whatever is there is replaced. */
  readonly asRootOver: Readonly<Record<string, string>>;
  readonly store: Awaited<ReturnType<typeof openStoreInProcess>>;
  readonly control: FakeControlPlane;
  readonly desk: FakePolicyDesk;
  readonly fleet: FakeFleetView;
  /** While set, every write is refused as on a full disk. */
  diskFull: boolean;
  ask(method: string, path: string, order?: ApiOrder): Promise<ApiAnswer>;
  /** With headers that `fetch` would not let one set. */
  raw(
    method: string,
    path: string,
    headers: ApiOrder["headers"],
  ): Promise<{ readonly status: number; readonly code: string }>;
  close(): Promise<void>;
}

/** The sealing of the API's store. */
export const testSealing = makeSealing(secret(Buffer.alloc(32, 1)));

/** Returns the first token as `init` makes it. */
export function rootToken(name: string, hash = name): NewToken {
  const admin = { id: `adm-${name}`, name };
  return { id: name, name, admin, role: "admin", tokenHash: hash, expiresAt: null };
}

/** Opens the API on a free port. */
export async function openAdminApi(
  options: {
    readonly console?: ConsoleFiles;
    readonly idpNets?: readonly string[];
    readonly origin?: string;
    readonly clock?: Clock;
  } = {},
): Promise<AdminApiUnderTest> {
  const store = await openStoreInProcess();
  const token = makeToken();
  await store.write("setting.initialise", {
    settings: { network },
    keys: [],
    token: rootToken("root", tokenHash(token)),
    audit: { at: 0, actor: "init", action: "init", subject: "", body: {} },
  });
  const control = fakeControlPlane();
  const desk = fakePolicyDesk();
  const fleet = fakeFleetView();
  const { clock = makeClock() } = options;
  const limited: Pick<StoreThreads, "read" | "write"> = {
    read: (name, args) => store.read(name, args),
    write: (name, args) =>
      api.diskFull
        ? Promise.reject(new CodedError("SP-404", { file: "controller.db" }))
        : store.write(name, args),
  };
  const address = makeOwnAddress({ origin: options.origin, secure: false });
  const open = await openApi(
    {
      store: limited,
      sealing: testSealing,
      signIn: {
        address,
        passkeys: makePasskeyDesk(clock, () => address.origin()),
        tickets: makeSignInTickets(clock, () => address.origin()),
        desk: makeSignInDesk({
          store: limited,
          sealing: testSealing,
          outward: makeOutwardFetch((options.idpNets ?? []).flatMap((net) => parseCidr(net) ?? [])),
          clock,
        }),
      },
      network,
      control,
      keys: {
        list: () => [],
        rotate: () => Promise.resolve([]),
        distribute: () => Promise.resolve(),
      },
      desk,
      fleet,
      analyst: store.analyst,
      console: options.console ?? new Map(),
      cutoffs: () => null,
      lastCut: () => null,
      clock,
      log: makeLog({ level: "error", clock }),
      agentsUrl: "https://ctl.example:8443",
      rootPin: "p".repeat(43),
      rootPem: "",
      trustDomain: "ctl.example",
    },
    { host: "127.0.0.1", port: 0 },
  );
  const url = `http://127.0.0.1:${open.port}/api/v1`;
  const asRoot = { authorization: `Bearer ${token}` };
  const api: AdminApiUnderTest = {
    url,
    asRoot,
    asRootOver: { ...asRoot, "if-match": "*" },
    store,
    control,
    desk,
    fleet,
    diskFull: false,
    async ask(method, path, { body, headers = asRoot } = {}) {
      const type = body === undefined ? {} : { "content-type": "application/json" };
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const init = { method, headers: { ...headers, ...type }, ...content };
      const response = await fetch(`${url}${path}`, init);
      return { status: response.status, body: (await response.json()) as ApiAnswer["body"] };
    },
    raw: (method, path, headers = {}) =>
      new Promise((resolve, reject) => {
        const asked = request(`${url}${path}`, { method, headers }, (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
          response.on("end", () => {
            const { code } = JSON.parse(text) as { readonly code: string };
            resolve({ status: response.statusCode ?? 0, code });
          });
        });
        asked.on("error", reject).end();
      }),
    async close() {
      await open.close();
      await store.close();
    },
  };
  return api;
}
