/** Every root metadata that this machine has begun with or has fetched, by version. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readIfThere, writeAtomic } from "../store/atomic-file.ts";
import { type Patience, PatientFetcher } from "./patient-fetcher.ts";

/** Keeps one; what it is worth is found out when a chain is followed. */
export function keepRoot(metadata: string, version: number, text: string): void {
  mkdirSync(join(metadata, "roots"), { recursive: true, mode: 0o700 });
  writeAtomic(fileOf(metadata, version), text);
}

/** Returns the one of a version, null where there is none. */
export function keptRoot(metadata: string, version: number): string | null {
  return readIfThere(fileOf(metadata, version));
}

function fileOf(metadata: string, version: number): string {
  return join(metadata, "roots", `${version}.root.json`);
}

/** A fetcher that keeps each root on its way to the client, which itself keeps the newest alone. */
export class RootKeepingFetcher extends PatientFetcher {
  readonly #metadata: string;

  constructor(limits: Patience, metadata: string) {
    super(limits);
    this.#metadata = metadata;
  }

  override async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
    const bytes = await super.downloadBytes(url, maxLength);
    const [, version] = /\/(\d{1,9})\.root\.json$/.exec(url) ?? [];
    if (version !== undefined) keepRoot(this.#metadata, Number(version), bytes.toString("utf8"));
    return bytes;
  }
}
