import { type KeyObject, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { type BreakGlassPayload, breakGlassMaxSeconds } from "#shared/protocol/break-glass.ts";
import { cidr, name, spiffeId, wireguardKey } from "#shared/protocol/atoms.ts";
import { jwk } from "#shared/protocol/trust.ts";
import {
  draftFile,
  makeBreakGlassKey,
  parsedJson,
  readBreakGlassFile,
  readPayload,
  readPrivateKey,
  signFile,
} from "../../io/break-glass/break-glass-file.ts";
import { isKeyOf, vouchFor } from "../../io/break-glass/break-glass-key.ts";
import { writeNewFile } from "../../io/keys/new-file.ts";
import { thumbprint } from "../../io/keys/signing-key.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { parseDurationSeconds } from "../duration.ts";
import { readStandardInput } from "../standard-input.ts";
import { fieldsText, tableText } from "../table.ts";

const halfHourSeconds = 1_800;
const breakGlassMinSeconds = 60;

const deviceCard = z.object({
  kind: z.literal("device"),
  spiffe: spiffeId,
  publicKey: wireguardKey,
  addresses: z.array(cidr).min(1).max(2),
});
const gatewayCard = z.object({ kind: z.literal("gateway"), spiffe: spiffeId });

/** Adds `break-glass key|card|draft|sign|list`; draft and sign need no controller. */
export function addBreakGlassCommands(program: Command, context: CommandContext): void {
  const group = program
    .command("break-glass")
    .description("open a gateway by two administrators' word while the controller is lost");
  addKeyCommands(group, context);
  addCard(group, context);
  addDraft(group, context);
  addSign(group, context);
  addList(group, context);
}

function addKeyCommands(group: Command, context: CommandContext): void {
  const key = group.command("key").description("keys of the administrators who may break glass");
  const create = key
    .command("create")
    .description("make a key; keep its file offline, hand over what is printed")
    .requiredOption("--out <file>", "new file for the private key");
  answering(context, create, (options: { out: string }) => {
    const made = makeBreakGlassKey();
    writeNewFile(options.out, made.pem);
    const text = JSON.stringify(made.publicJwk);
    return Promise.resolve({ schema: "sallyport.break-glass-key/1", data: made.publicJwk, text });
  });
  const register = key
    .command("register")
    .description("let a key count: the root key vouches for it, on the machine that has it")
    .argument("<file>", "what `key create` printed")
    .requiredOption("--holder <name>", "whose it is; two keys of one holder count once")
    .requiredOption("--root-key <file>", "root key that `init` made");
  answering(
    context,
    register,
    async (file: string, options: { holder: string; rootKey: string }) => {
      const api = apiOf(context);
      const { rootPem } = await api.ask("GET /break-glass/keys");
      const rootKey = readRootKey(options.rootKey, rootPem);
      const body = vouchFor(readCard(jwk, file), options.holder, rootKey);
      await api.ask("POST /break-glass/keys", { body });
      const text = `${body.kid} of ${body.holder} counts`;
      return { schema: "sallyport.break-glass-key-registered/1", data: body, text };
    },
  );
  answering(context, key.command("list").description("list the keys that count"), async () => {
    const data = await apiOf(context).ask("GET /break-glass/keys");
    const rows = data.items.map(({ holder, kid }) => [holder, kid]);
    const text = tableText(["HOLDER", "KEY"], rows);
    return { schema: "sallyport.break-glass-key-list/1", data, text };
  });
  const revoke = key.command("revoke").description("let a key count no more").argument("<key>");
  answering(context, revoke, async (wanted: string) => {
    const order = { params: { key: wanted } };
    const data = await apiOf(context).ask("POST /break-glass/keys/:key/revoke", order);
    return { schema: "sallyport.break-glass-key-revoked/1", data, text: `revoked ${data.kid}` };
  });
}

function addCard(group: Command, context: CommandContext): void {
  const card = group
    .command("card")
    .description("what a file must name of a device or gateway; print it while all is well")
    .argument("<identity>", "a device or a gateway");
  answering(context, card, async (identity: string) => {
    const order = { params: { key: identity } };
    const data = await apiOf(context).ask("GET /break-glass/cards/:key", order);
    return { schema: "sallyport.break-glass-card/1", data, text: JSON.stringify(data) };
  });
}

interface DraftOptions {
  readonly gateway: string;
  readonly device: string;
  readonly resource: readonly string[];
  readonly for: number;
  readonly reason: string;
}

function addDraft(group: Command, context: CommandContext): void {
  const draft = group
    .command("draft")
    .description("write what shall be opened; offline")
    .requiredOption("--gateway <file>", "card of the gateway")
    .requiredOption("--device <file>", "card of the device")
    .requiredOption("--resource <name...>", "what to open, 8 at most")
    .requiredOption("--reason <text>", "why")
    .option("--for <duration>", "1h at most, from now", parseDurationSeconds, halfHourSeconds);
  answering(context, draft, (options: DraftOptions) => {
    const data = draftFile(payloadOf(options, Math.floor(context.nowAt() / 1_000)));
    return Promise.resolve({
      schema: "sallyport.break-glass-file/1",
      data,
      text: JSON.stringify(data),
      note: "Two administrators sign it, each with `break-glass sign`, before its time is over.",
    });
  });
}

function payloadOf(options: DraftOptions, iat: number): BreakGlassPayload {
  const device = readCard(deviceCard, options.device);
  const { spiffe: aud } = readCard(gatewayCard, options.gateway);
  if (options.for > breakGlassMaxSeconds || options.for < breakGlassMinSeconds) {
    throw new CodedError("SP-703", { why: "a break-glass lasts a minute to an hour" });
  }
  const resources = z.array(name).min(1).max(8).safeParse(options.resource);
  if (!resources.success) throw new CodedError("SP-703", { why: "name 1 to 8 resources" });
  const x = Buffer.from(device.publicKey, "base64").toString("base64url");
  return {
    aud,
    sub: device.spiffe,
    jti: `bg-${randomBytes(12).toString("hex")}`,
    iat,
    exp: iat + options.for,
    cnf: { jkt: thumbprint("X25519", x) },
    wg: { pk: device.publicKey, ips: device.addresses },
    resources: resources.data,
    reason: options.reason,
  };
}

function addSign(group: Command, context: CommandContext): void {
  const command = group
    .command("sign")
    .description("sign a draft, or add the second signature; offline")
    .argument("<file>", "the draft")
    .requiredOption("--key <file>", "your private key");
  answering(context, command, (file: string, options: { key: string }) => {
    const before = readBreakGlassFile(readText(file));
    const { reason, resources, sub, aud, exp } = readPayload(before);
    const data = signFile(before, readText(options.key));
    const left = 2 - data.signatures.length;
    const what = fieldsText([
      ["opens", resources],
      ["for", sub],
      ["at", aud],
      ["until", new Date(exp * 1_000).toISOString()],
      ["because", reason],
    ]);
    const next = left > 0 ? "One more signature is needed." : "On the gateway, as root:";
    const how = left > 0 ? "" : " `sallyport gateway break-glass FILE`";
    return Promise.resolve({
      schema: "sallyport.break-glass-file/1",
      data,
      text: JSON.stringify(data),
      note: `${what}\n${next}${how}`,
    });
  });
}

function addList(group: Command, context: CommandContext): void {
  const list = group.command("list").description("what gateways opened without the controller");
  answering(context, list, async () => {
    const data = await apiOf(context).ask("GET /break-glass");
    const rows = data.items.map((row) => [
      row.openedAt,
      row.untilAt,
      row.gateway,
      row.device,
      row.resources,
      row.holders,
      row.reason,
    ]);
    const head = ["OPENED", "UNTIL", "GATEWAY", "DEVICE", "RESOURCES", "SIGNED BY", "REASON"];
    return { schema: "sallyport.break-glass-list/1", data, text: tableText(head, rows) };
  });
}

function readRootKey(file: string, rootPem: string): KeyObject {
  const key = readPrivateKey(readText(file));
  if (isKeyOf(key, rootPem)) return key;
  throw new CodedError("SP-703", { why: `\`${file}\` is not the root key of this controller` });
}

function readCard<T>(shape: z.ZodType<T>, file: string): T {
  const card = shape.safeParse(parsedJson(readText(file)));
  if (card.success) return card.data;
  throw new CodedError("SP-703", { why: `\`${file}\` is not what this option takes` });
}

function readText(file: string): string {
  try {
    return file === "-" ? readStandardInput() : readFileSync(file, "utf8");
  } catch (error) {
    throw new CodedError("SP-703", { why: `\`${file}\` cannot be read` }, { cause: error });
  }
}
