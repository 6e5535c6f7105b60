import { createPrivateKey, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import { rfc3339 } from "#shared/base/rfc3339.ts";
import { osIntel } from "#shared/posture/os-intel.ts";
import { osIntelBundle, type OsIntelBundle } from "#shared/protocol/os-intel.ts";
import {
  mergeBuilds,
  readCvrf,
  readEngine,
  readPmv,
  readSofa,
  readSofaEngines,
} from "../../io/os-intel/build-feeds.ts";
import { readEndOfLife } from "../../io/os-intel/end-of-life.ts";
import { publisherName, signOsIntel } from "../../io/os-intel/signature.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { readFiles } from "../documents.ts";
import { tableText } from "../table.ts";
import { dayMs } from "#shared/base/time-span.ts";

interface BuildOptions {
  readonly key: string;
  readonly out: string;
  readonly sequence: number;
  readonly days: number;
  readonly endOfLife: readonly string[];
  readonly sofa: readonly string[];
  readonly pmv: readonly string[];
  readonly cvrf: readonly string[];
  readonly engine: readonly string[];
}

/** Adds `os-intel build|import|show`. */
export function addOsIntelCommands(program: Command, context: CommandContext): void {
  const group = program
    .command("os-intel")
    .description("what vendors published about their systems: latest builds and ends of support");
  addBuild(group, context);
  addSign(group, context);
  addImport(group, context);
  addShow(group, context);
}

const collect = (value: string, former: readonly string[]): readonly string[] => [...former, value];

function addBuild(group: Command, context: CommandContext): void {
  const build = group
    .command("build")
    .description("make a signed bundle from files of the public feeds; nothing is fetched")
    .requiredOption("--key <file>", "the publisher's Ed25519 private key (PEM, PKCS #8)")
    .requiredOption("--out <file>", "where the bundle goes")
    .requiredOption("--sequence <n>", "higher than that of the bundle before", parseCount)
    .option("--days <n>", "how long it holds", parseCount, 14)
    .option("--end-of-life <product=file>", "endoflife.date, once a product", collect, [])
    .option("--sofa <file>", "macos_data_feed.json of SOFA", collect, [])
    .option("--engine <name=version@day>", "newest malware engine, once a name", collect, [])
    .option("--pmv <file>", "Apple's v2/pmv", collect, [])
    .option("--cvrf <file>", "one monthly CVRF document of MSRC (JSON)", collect, []);
  answering(context, build, (options: BuildOptions) => {
    const bundle = bundleOf(options, context.nowAt());
    const key = privateKey(options.key);
    writeFileSync(options.out, `${signOsIntel(bundle, key)}\n`, { mode: 0o644 });
    const data = { sequence: bundle.sequence, publisher: publisherName(key), file: options.out };
    const counts = Object.entries(bundle.builds).map(
      ([name, builds]) => `${builds.length} ${name}`,
    );
    return Promise.resolve({
      schema: "sallyport.os-intel-built/1",
      data,
      text: `bundle ${bundle.sequence}: ${Object.keys(bundle.support.products).length} products, builds: ${counts.join(", ") || "none"}`,
      note: "Import it with `sallyport-controller os-intel import FILE`.",
    });
  });
}

function addSign(group: Command, context: CommandContext): void {
  const command = group
    .command("sign")
    .description("sign a bundle as it is, as the one that is shipped; its dates stay")
    .argument("<file>", "the bundle as JSON")
    .requiredOption("--key <file>", "the publisher's Ed25519 private key (PEM, PKCS #8)")
    .requiredOption("--out <file>", "where the signed bundle goes");
  answering(context, command, (path: string, options: { key: string; out: string }) => {
    const [bundle] = readFeed([path], (text) => [osIntelBundle.parse(JSON.parse(text))]);
    if (bundle === undefined) throw new CodedError("SP-703", { why: `\`${path}\` is empty` });
    const key = privateKey(options.key);
    writeFileSync(options.out, `${signOsIntel(bundle, key)}\n`, { mode: 0o644 });
    const { sequence } = bundle;
    return Promise.resolve({
      schema: "sallyport.os-intel-signed/1",
      data: { sequence, publisher: publisherName(key), file: options.out },
      text: `bundle ${sequence}: builds count until ${rfc3339(bundle.expiresAt).slice(0, 10)}, ends of support until ${bundle.support.trustedUntil}`,
      note: "Import it with `sallyport-controller os-intel import FILE`.",
    });
  });
}

function bundleOf(options: BuildOptions, nowAt: number): OsIntelBundle {
  const products: Record<string, Readonly<Record<string, string>>> = { ...osIntel.products };
  for (const named of options.endOfLife) {
    const cut = named.indexOf("=");
    const [product, file] = [named.slice(0, cut), named.slice(cut + 1)];
    if (cut < 1) throw new CodedError("SP-703", { why: `--end-of-life ${named}: PRODUCT=FILE` });
    const [ends] = readFeed([file], (text) => [readEndOfLife(product, text)]);
    products[product] = { ...products[product], ...ends };
  }
  const macos = [...readFeed(options.sofa, readSofa), ...readFeed(options.pmv, readPmv)];
  const windows = readFeed(options.cvrf, readCvrf);
  const engines = [
    ...readFeed(options.sofa, (text) => [readSofaEngines(text)]),
    ...options.engine.map(engineOption),
  ];
  // Feeds were read today: what they say is of today, and believed as long as the shipped table is.
  const read = options.endOfLife.length > 0;
  const parsed = osIntelBundle.safeParse({
    schema: "sallyport.os-intel/1",
    sequence: options.sequence,
    issuedAt: nowAt,
    expiresAt: nowAt + options.days * dayMs,
    support: {
      issuedOn: read ? new Date(nowAt).toISOString().slice(0, 10) : osIntel.issuedOn,
      trustedUntil: osIntel.trustedUntil,
      products,
      rolling: osIntel.rolling,
    },
    builds: {
      ...(macos.length === 0 ? {} : { macos: mergeBuilds(macos) }),
      ...(windows.length === 0
        ? {}
        : { windows: mergeBuilds(windows), "windows-server": mergeBuilds(windows) }),
    },
    engines: Object.assign({}, ...engines) as Readonly<Record<string, unknown>>,
  });
  if (parsed.success) return parsed.data;
  const why = `the feeds give no bundle: ${parsed.error.message.slice(0, 300)}`;
  throw new CodedError("SP-703", { why });
}

function engineOption(text: string) {
  try {
    return readEngine(text);
  } catch (cause) {
    const why = `--engine ${text}: NAME=VERSION@DAY, as defender=1.1.25100.9@2026-11-11`;
    throw new CodedError("SP-703", { why }, { cause });
  }
}

function readFeed<T>(files: readonly string[], read: (text: string) => readonly T[]): readonly T[] {
  return readFiles(files).flatMap(({ file, text }) => {
    try {
      return read(text);
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message.slice(0, 200) : "";
      throw new CodedError("SP-703", { why: `${file} has another shape: ${detail}` }, { cause });
    }
  });
}

function privateKey(path: string): KeyObject {
  const [file] = readFiles([path]);
  try {
    const key = createPrivateKey(file?.text ?? "");
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Said below, in the words for both cases.
  }
  throw new CodedError("SP-703", { why: `\`${path}\` is no Ed25519 private key` });
}

function addImport(group: Command, context: CommandContext): void {
  const command = group
    .command("import")
    .description("put a bundle in force; an older one is refused")
    .argument("<file>", "the bundle")
    .option("--publisher <file>", "the publisher's public key (PEM); needed the first time");
  answering(context, command, async (path: string, options: { publisher?: string }) => {
    const [bundle] = readFiles([path]);
    const [publisher] = options.publisher === undefined ? [] : readFiles([options.publisher]);
    const body = {
      jws: bundle?.text.trim() ?? "",
      ...(publisher === undefined ? {} : { publisher: publisher.text }),
    };
    const data = await apiOf(context).ask("POST /os-intel", { body });
    const text = `bundle ${data.sequence} is in force until ${data.expiresAt}`;
    return { schema: "sallyport.os-intel-imported/1", data, text };
  });
}

function addShow(group: Command, context: CommandContext): void {
  const show = group.command("show").description("which bundle is in force");
  answering(context, show, async () => {
    const data = await apiOf(context).ask("GET /os-intel");
    const rows = [
      [
        String(data.sequence),
        data.publisher,
        `${data.expiresAt}${data.expired ? " (ended)" : ""}`,
        data.supportIssuedOn,
      ],
    ];
    const head = ["SEQUENCE", "PUBLISHER", "ENDS", "SUPPORT AS OF"];
    return { schema: "sallyport.os-intel-held/1", data, text: tableText(head, rows) };
  });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError("a number from 1");
  return count;
}
