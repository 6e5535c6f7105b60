/** Places of addresses by MMDB files that the operator supplies; nothing is asked of a network. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { Reader, type Response } from "mmdb-lib";
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { parseAddress } from "#shared/net/address.ts";
import { type Cidr, containsAddress } from "#shared/net/cidr.ts";
import type { Place, Point } from "../../core/risk/baseline.ts";
import type { Geography } from "../../ports/geography.ts";
import type { Log } from "../../ports/log.ts";

const fileBytesMax = 512 * 1024 * 1024;

/** Databases of countries, cities and networks, in any number; the first that knows a thing counts. */
export interface GeographyOptions {
  readonly files: readonly string[];
  /** Where given, each file must have one of these SHA-256 digests (hex). */
  readonly pins: readonly string[];
  /** Addresses of the operator's own ways out: who comes from there is elsewhere. */
  readonly egress: readonly Cidr[];
}

/** The members that are read; every vendor's files have more. */
const record = z.object({
  country: z.object({ iso_code: z.string().regex(/^[A-Z]{2}$/) }).optional(),
  country_code: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  autonomous_system_number: z.int().min(0).max(4_294_967_295).optional(),
  location: z
    .object({
      latitude: z.number().min(-90).max(90),
      longitude: z.number().min(-180).max(180),
      accuracy_radius: z.number().min(0).max(20_000).default(100),
    })
    .optional(),
});

/** Opens the files; throws SP-640 for one that is missing, too large, not pinned or no MMDB. */
export function openGeography(options: GeographyOptions, log: Pick<Log, "info">): Geography {
  const readers = options.files.map((file) => openFile(file, options.pins, log));
  return {
    locate(text) {
      const address = parseAddress(text);
      if (address === null) return null;
      const egress = options.egress.some((prefix) => containsAddress(prefix, address));
      const found = readers.flatMap((reader) => placeIn(reader, text) ?? []);
      if (found.length === 0) return egress ? { egress } : null;
      return { ...Object.assign({}, ...found.toReversed()), egress } as Place;
    },
  };
}

function openFile(file: string, pins: readonly string[], log: Pick<Log, "info">): Reader<Response> {
  try {
    if (statSync(file).size > fileBytesMax) throw new Error("it is larger than 512 MiB");
    const bytes = readFileSync(file);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    if (pins.length > 0 && !pins.includes(sha256)) throw new Error(`no pin is ${sha256}`);
    const reader = new Reader<Response>(bytes);
    const { databaseType, buildEpoch } = reader.metadata;
    log.info("geography database opened", { file, sha256, databaseType, buildAt: buildEpoch });
    return reader;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CodedError("SP-640", { file, why }, { cause: error });
  }
}

/** A record that cannot be read is not known, whatever is wrong with it. */
function placeIn(reader: Reader<Response>, address: string): Omit<Place, "egress"> | null {
  const parsed = record.safeParse(recordOf(reader, address));
  if (!parsed.success) return null;
  const { country, country_code: code, autonomous_system_number: network, location } = parsed.data;
  const known = country?.iso_code ?? code;
  const point: Point | undefined = location && {
    latitude: location.latitude,
    longitude: location.longitude,
    accuracyKm: location.accuracy_radius,
  };
  return {
    ...(known === undefined ? {} : { country: known }),
    ...(network === undefined ? {} : { network }),
    ...(point === undefined ? {} : { point }),
  };
}

function recordOf(reader: Reader<Response>, address: string): unknown {
  try {
    return reader.get(address);
  } catch {
    // An IPv6 address in a database of IPv4, or a damaged part of the file.
    return null;
  }
}
