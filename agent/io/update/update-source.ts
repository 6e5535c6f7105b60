/**
 * Packages from a TUF repository: what may be installed is what its offline keys have signed, whoever
 * stands at its address. No controller has a say in where from, what, or how old.
 */
import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Updater } from "tuf-js";
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { judgeOffer, type Verdict } from "../../core/update/offer.ts";
import { patience, type Patience } from "./patient-fetcher.ts";
import { RootKeepingFetcher } from "./root-history.ts";
import { trustRoot } from "./trusted-root.ts";

/** A package is no larger than this. */
const packageBytesMax = 256 * 1024 * 1024;

const custom = z.object({
  version: z.string().regex(/^\d{1,4}\.\d{1,4}\.\d{1,4}(\+[a-z0-9.]{1,32})?$/),
  rollout: z.int().min(0).max(100).default(100),
});

/** Where packages come from and what is here now. */
export interface UpdateOptions {
  /** https URL with `metadata/` and `targets/` below. */
  readonly url: string;
  /** Path of the package in the repository, as in `stable/linux-x64.deb`. */
  readonly target: string;
  /** The root metadata that trust begins with: put here by the package or by root. */
  readonly rootFile: string;
  /** Folder of root's own, which keeps what was seen last. */
  readonly directory: string;
  readonly installed: string;
  readonly machineId: string;
  /** What is here is not whole, so its own version is taken again. */
  readonly damaged?: boolean;
  /** Other than what a usual line is given. */
  readonly patience?: Patience;
}

/** What was found, and with `take` the verified file. */
export interface FoundUpdate {
  readonly verdict: Verdict;
  readonly version: string;
  readonly file: string | null;
}

/** Looks, verifies, and downloads what is to be taken; throws SP-424 for whatever does not verify. */
export async function findUpdate(options: UpdateOptions): Promise<FoundUpdate> {
  const metadata = join(options.directory, "metadata");
  mkdirSync(metadata, { recursive: true, mode: 0o700 });
  try {
    trustRoot(options.rootFile, metadata);
    return await look(options, metadata);
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError("SP-424", { url: options.url, why: why.slice(0, 200) }, { cause });
  }
}

async function look(options: UpdateOptions, metadata: string): Promise<FoundUpdate> {
  const { url, target, directory } = options;
  const updater = new Updater({
    metadataDir: metadata,
    metadataBaseUrl: `${url}/metadata`,
    targetDir: directory,
    targetBaseUrl: `${url}/targets`,
    fetcher: new RootKeepingFetcher(options.patience ?? patience, metadata),
    config: { maxRootRotations: 64 },
  });
  await updater.refresh();
  const info = await updater.getTargetInfo(target);
  if (info === undefined) throw new CodedError("SP-424", { url, why: `no \`${target}\` there` });
  if (info.length > packageBytesMax) throw new CodedError("SP-424", { url, why: "too large" });
  const offer = offerOf(info.custom, url);
  const verdict = judgeOffer(options.installed, offer, drawOf(options.machineId, offer.version));
  if (verdict === "older") {
    throw new CodedError("SP-424", { url, why: `${offer.version} is older than what is here` });
  }
  if (verdict !== "take" && !(verdict === "current" && options.damaged === true)) {
    return { verdict, version: offer.version, file: null };
  }
  const file = join(directory, "package");
  rmSync(file, { force: true });
  await updater.downloadTarget(info, file);
  return { verdict: "take", version: offer.version, file };
}

function offerOf(told: unknown, url: string): z.infer<typeof custom> {
  const parsed = custom.safeParse(told);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: "is not understood" };
  const where = ["custom", ...path.map(String)].join(".");
  throw new CodedError("SP-424", { url, why: `its \`${where}\`: ${message}` });
}

/** The same for one machine and version at every look, and another for the next version. */
function drawOf(machineId: string, version: string): number {
  const digest = createHash("sha256").update(`${machineId}\n${version}`).digest();
  return digest.readUInt32BE(0) % 100;
}
