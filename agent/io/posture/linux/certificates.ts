/** Compares the system's root certificates with those that its distribution brought. */
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, notParsed } from "#shared/posture/reading.ts";
import { certificateBodies, extraOf } from "../../../core/posture/linux/certificates.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { readIfThere } from "../read-file.ts";

/** Where certificates lie; tests give other roots. */
export interface CertificateStore {
  /** The store that programs trust. */
  readonly bundle: string;
  /** What the distribution's package brought, one certificate a file. */
  readonly own: string;
  /** Where administrators put theirs, for systems whose own list we cannot read. */
  readonly added: readonly string[];
}

const systemStore: CertificateStore = {
  bundle: "/etc/ssl/certs/ca-certificates.crt",
  own: "/usr/share/ca-certificates",
  added: [
    "/etc/pki/ca-trust/source/anchors",
    "/etc/pki/trust/anchors",
    "/etc/ca-certificates/trust-source/anchors",
    "/usr/local/share/ca-certificates",
  ],
};

/** The catalogue keeps sets to this many members. */
const extrasMax = 256;

/** Returns the fact `certificates.extra_roots`. */
export async function collectCertificates(
  store: CertificateStore = systemStore,
): Promise<readonly Observation[]> {
  const startedAt = performance.now();
  const { reading, text } = await readExtras(store);
  return observe([["certificates.extra_roots", reading]], {
    collector: "certificates",
    collectorVersion: 1,
    by: "os",
    text,
    tookMs: performance.now() - startedAt,
  });
}

async function readExtras(store: CertificateStore): Promise<{ reading: Reading; text: string }> {
  const own = await digestsBelow(store.own);
  const bundle = own === null || own.length === 0 ? null : await readIfThere(store.bundle);
  const trusted = bundle === null ? null : digestsOf(bundle);
  if (own !== null && trusted !== null) return told(extraOf(trusted, new Set(own)));
  const added: string[] = [];
  for (const folder of store.added) {
    const found = await digestsBelow(folder);
    if (found === null) return { reading: notParsed, text: folder };
    added.push(...found);
  }
  // Without a bundle and without any place for additions there is no store that we know.
  const places = await Promise.all(store.added.map(namesIn));
  if (bundle === null && places.every((names) => names === null)) {
    return { reading: noData, text: "no store" };
  }
  return told(extraOf(added, new Set()));
}

function told(extras: readonly string[]): { reading: Reading; text: string } {
  const text = extras.join("\n");
  return extras.length > extrasMax
    ? { reading: notParsed, text }
    : { reading: known(extras), text };
}

/** Returns the digests of all certificates below a folder; null when one cannot be read. */
async function digestsBelow(folder: string): Promise<readonly string[] | null> {
  const names = await namesIn(folder);
  if (names === null) return [];
  const digests: string[] = [];
  for (const name of names) {
    const found = digestsOf((await readIfThere(join(folder, name))) ?? "");
    if (found === null) return null;
    digests.push(...found);
  }
  return digests;
}

async function namesIn(folder: string): Promise<readonly string[] | null> {
  try {
    const names = await readdir(folder, { recursive: true });
    return names.filter((name) => /\.(crt|pem|cer)$/.test(name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function digestsOf(text: string): readonly string[] | null {
  const bodies = certificateBodies(text);
  return (
    bodies?.map((body) => createHash("sha256").update(Buffer.from(body, "base64")).digest("hex")) ??
    null
  );
}
