import { type Command, Option } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import { answering, apiOf, type CommandContext } from "../command-context.ts";
import { readFiles } from "../documents.ts";
import { parseCount, parseValidity } from "../duration.ts";
import { tableText } from "../table.ts";
import { addRevoke } from "./revoke.ts";

interface CreateOptions {
  readonly name: string;
  readonly role: "device" | "gateway";
  readonly site?: string;
  readonly group: readonly string[];
  readonly identityCa?: readonly string[];
  readonly uses?: number;
  readonly expires?: number;
  readonly approval?: "auto" | "admin";
  readonly allowFrom?: readonly string[];
}

/** Adds `enrol-key create|list|refused|revoke`. */
export function addEnrolKeyCommands(program: Command, context: CommandContext): void {
  const group = program
    .command("enrol-key")
    .alias("enroll-key")
    .description("make and revoke the keys by which devices and gateways join");
  addCreate(group, context);
  addList(group, context);
  addRefused(group, context);
  addRevoke(group, context, {
    collection: "enrol-keys",
    argument: "<key>",
    description: "end a key; who joined by it stays",
    schema: "sallyport.enrol-key-revoked/1",
  });
}

function addCreate(group: Command, context: CommandContext): void {
  const create = group
    .command("create")
    .description("make a key; its text is shown this once")
    .requiredOption("--name <name>", "what the key is for")
    .option("--role <role>", "device or gateway", "device")
    .option("--site <name>", "the site that a gateway serves")
    .option("--group <name...>", "groups that devices of this key get", [])
    .option(
      "--uses <n>",
      "how many may join by it, 1 when left out; more than one leaves them unattested",
      parseCount,
    )
    .option(
      "--identity-ca <file...>",
      "let identities (PKCS#12) of these device-management authorities stand for the key",
    )
    .option(
      "--expires <duration>",
      "1h for gateways, 24h for devices, 365d with --identity-ca when left out",
      parseValidity,
    )
    .addOption(new Option("--approval <how>", "who lets them in").choices(["auto", "admin"]))
    .option("--allow-from <cidr...>", "networks that it may be used from");
  answering(context, create, async (options: CreateOptions) => {
    const body = {
      name: options.name,
      role: options.role,
      site: options.site,
      groups: options.group,
      usesMax: options.uses,
      identityAuthorities: options.identityCa?.flatMap(readCertificates),
      validForSeconds: options.expires,
      approval: options.approval,
      allowedFrom: options.allowFrom,
    };
    const made = await apiOf(context).ask("POST /enrol-keys", { body });
    if (made.key === undefined) {
      const text = `--controller ${made.controller} --root-pin ${made.rootPin}`;
      const note = `Valid until ${made.expiresAt}. On each device, with the words above:\n\`sallyport enroll --identity-file FILE.p12 --password-file FILE\`.`;
      return { schema: "sallyport.enrol-key/1", data: made, text, note };
    }
    return {
      schema: "sallyport.enrol-key/1",
      data: made,
      text: made.key,
      note: `Valid until ${made.expiresAt}. It is not kept: hand it over by file or device management,\nthen run \`sallyport enroll --key-file FILE\` there.`,
    };
  });
}

function addList(group: Command, context: CommandContext): void {
  answering(context, group.command("list").description("list keys, newest first"), async () => {
    const data = await apiOf(context).ask("GET /enrol-keys");
    const rows = data.items.map((key) => [
      key.id,
      key.name,
      key.role,
      key.state,
      `${key.uses}/${key.usesMax}`,
      key.approval,
      key.expiresAt,
    ]);
    const head = ["ID", "NAME", "ROLE", "STATE", "USES", "APPROVAL", "EXPIRES"];
    return { schema: "sallyport.enrol-key-list/1", data, text: tableText(head, rows) };
  });
}

function addRefused(group: Command, context: CommandContext): void {
  const command = group
    .command("refused")
    .description("list who was refused to join, newest first");
  answering(context, command, async () => {
    const data = await apiOf(context).ask("GET /enrol-keys/refused");
    const rows = data.items.map((one) => [
      one.at,
      one.hostname,
      one.keyName ?? one.key,
      one.remoteAddress,
      one.leftOut,
      one.code,
      one.detail,
    ]);
    const head = ["TIME", "DEVICE", "KEY", "FROM", "NOT KEPT", "CODE", "WHY"];
    return { schema: "sallyport.enrol-refused-list/1", data, text: tableText(head, rows) };
  });
}

function readCertificates(file: string): readonly string[] {
  const marked = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
  const text = readFiles([file])
    .map((read) => read.text)
    .join("");
  const found = text.match(marked) ?? [];
  if (found.length === 0) {
    throw new CodedError("SP-703", { why: `\`${file}\` holds no certificate in PEM` });
  }
  return found;
}
