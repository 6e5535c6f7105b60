/**
 * Makes a new controller: root and issuing authority, signing keys, network pools, root token.
 * The store's row comes last, so an `init` that was cut short can simply be run again.
 */
import { createPrivateKey, randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { CodedError } from "#shared/base/coded-error.ts";
import { makeId } from "#shared/base/id.ts";
import { containsCidr, formatCidr, parseCidr } from "#shared/net/cidr.ts";
import type { Jwk } from "#shared/protocol/trust.ts";
import type { NetworkRecord } from "../core/record.ts";
import { lockDirectory } from "../io/directory/directory-lock.ts";
import { lostStore } from "../io/directory/lost-store.ts";
import type { Places } from "../io/directory/places.ts";
import { makeKeyFile, readKeyFile } from "../io/keys/key-file.ts";
import { openKeyRing, sealNewKeys } from "../io/keys/key-ring.ts";
import { writeNewFile } from "../io/keys/new-file.ts";
import { makeSealing } from "../io/keys/sealing.ts";
import { type Authority, certificatePin, makeIssuing, makeRoot } from "../io/pki/authority.ts";
import { exportPrivateKey } from "../io/pki/signing-key.ts";
import { openStore } from "../io/store/store-threads.ts";
import { makeToken, setUpLinkMs, tokenHash } from "../io/token/token.ts";
import { storedSettings } from "./settings.ts";

const privateHomes = ["100.64.0.0/10", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
  .map(parseCidr)
  .filter((home) => home !== null);

/** What `init` may be told. */
export interface InitOptions {
  readonly places: Places;
  readonly trustDomain: string;
  /** URL of the agents' port as agents reach it. */
  readonly url: string;
  /** Further DNS names and IP addresses of it. */
  readonly addresses: readonly string[];
  readonly pool4: string;
  readonly nowAt: number;
}

/** What was made. */
export interface InitResult {
  readonly directory: string;
  readonly trustDomain: string;
  readonly url: string;
  readonly rootPin: string;
  readonly rootKeyFile: string;
  readonly tokenFile: string;
  /** Makes whoever opens it first the first administrator of the console, with a passkey. */
  readonly setUpUrl: string;
}

/** Makes the controller; throws SP-810 where the folder holds one already, SP-805 where one lost its store. */
export async function initialise(options: InitOptions): Promise<InitResult> {
  const { places, trustDomain } = options;
  const url = new URL(options.url);
  checkNames(options);
  const network = networkOf(options.pool4);
  const lock = lockDirectory(places.directory);
  try {
    const store = await openStore(places.database);
    try {
      const held = await store.read("setting.list", undefined);
      if (Object.keys(held).length > 0) {
        throw new CodedError("SP-810", { directory: places.directory });
      }
      const lost = lostStore(places);
      if (lost !== null) throw lost;
      if (!existsSync(places.beginning)) writeNewFile(places.beginning, "");
      const root = await makeRoot(trustDomain, options.nowAt);
      const setup = await makeSetup(options, { root, network, url });
      await writeOwnerFiles(places, root, setup);
      await store.write("setting.initialise", setup.rows);
      rmSync(places.beginning);
      return {
        directory: places.directory,
        trustDomain,
        url: url.origin,
        rootPin: await certificatePin(root.certificate),
        rootKeyFile: places.rootKey,
        tokenFile: places.token,
        setUpUrl: `http://localhost:8440/#set-up=${setup.setUpSecret}`,
      };
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
}

interface SetupParts {
  readonly root: Authority;
  readonly network: NetworkRecord;
  readonly url: URL;
}

async function makeSetup(options: InitOptions, { root, network, url }: SetupParts) {
  const { places, trustDomain, nowAt } = options;
  const issuing = await makeIssuing(root, nowAt);
  if (!existsSync(places.keyFile)) makeKeyFile(places.keyFile);
  const sealing = makeSealing(readKeyFile(places.keyFile));
  const token = makeToken();
  const setUpSecret = randomBytes(32).toString("base64url");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const settings = storedSettings.parse({
    trustDomain,
    epoch: randomBytes(16).toString("hex"),
    network,
    controller: {
      name: "main",
      url: url.origin,
      addresses: [...new Set([host, ...options.addresses])],
      rootPem: root.certificate,
      issuingPem: issuing.certificate,
    },
  });
  const keys = sealNewKeys(sealing, await exportPrivateKey(issuing.keys.privateKey));
  const rows = {
    settings,
    keys,
    token: {
      id: makeId("tok", nowAt, randomBytes(10)),
      name: "root",
      admin: { id: makeId("adm", nowAt, randomBytes(10)), name: "root" },
      role: "admin" as const,
      tokenHash: tokenHash(token),
      expiresAt: null,
    },
    setUpLink: {
      hash: tokenHash(setUpSecret),
      role: "admin" as const,
      expiresAt: nowAt + setUpLinkMs,
    },
    audit: {
      at: nowAt,
      actor: "init",
      action: "init" as const,
      subject: trustDomain,
      body: { network },
    },
  };
  const auditKey = openKeyRing(sealing, keys).audit.publicJwk;
  return { token, setUpSecret, rows, auditKey };
}

async function writeOwnerFiles(
  places: Places,
  root: Authority,
  made: { readonly token: string; readonly auditKey: Jwk },
): Promise<void> {
  const pkcs8 = Buffer.from(await exportPrivateKey(root.keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  const files = {
    [places.rootKey]: key.export({ type: "pkcs8", format: "pem" }),
    [places.rootCertificate]: `${root.certificate.trim()}\n`,
    [places.token]: `${made.token}\n`,
    [places.auditKey]: `${JSON.stringify(made.auditKey)}\n`,
  };
  for (const [path, content] of Object.entries(files)) {
    // Left behind by an init that was cut short before the store knew of it.
    rmSync(path, { force: true });
    writeNewFile(path, content);
  }
}

function checkNames(options: InitOptions): void {
  const { trustDomain, controller } = storedSettings.shape;
  if (!trustDomain.safeParse(options.trustDomain).success) {
    const why = `\`${options.trustDomain}\` is no trust domain: lower-case letters, digits, dots, hyphens`;
    throw new CodedError("SP-703", { why });
  }
  const { addresses } = controller.shape;
  if (options.addresses.length > 0 && !addresses.safeParse(options.addresses).success) {
    throw new CodedError("SP-703", {
      why: "an address is a DNS name or an IP address, 16 at most",
    });
  }
}

function networkOf(pool4: string): NetworkRecord {
  const pool = parseCidr(pool4);
  const private4 = privateHomes.some((home) => pool !== null && containsCidr(home, pool));
  if (pool === null || !private4 || pool.length < 12 || pool.length > 23) {
    const why = "the pool must be a prefix of /12 to /23 inside 100.64.0.0/10 or RFC 1918";
    throw new CodedError("SP-703", { why });
  }
  // RFC 4193: fd, then 40 random bits.
  const base = BigInt(`0xfd${randomBytes(5).toString("hex")}`) << 80n;
  const pool6 = formatCidr({ family: 6, base, length: 48 });
  return { pool4, pool6, mtu: 1420, extraProtected: [] };
}
