import { hostname } from "node:os";
import type { Command } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import { answering, type CommandContext } from "../command-context.ts";
import { placesOf } from "../environment.ts";
import { fieldsText } from "../table.ts";

interface InitOptionValues {
  readonly directory?: string;
  readonly url?: string;
  readonly address: readonly string[];
  readonly trustDomain: string;
  readonly pool4: string;
}

/** Adds `init`. */
export function addInitCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("init")
    .description("make a new controller: authorities, keys, address pools, root token")
    .option("--directory <folder>", "state folder; else SALLYPORT_STATE_DIR, else /var/lib")
    .option("--url <url>", "https URL under which agents reach this controller")
    .option("--address <address...>", "further DNS names and IP addresses of it", [])
    .option(
      "--trust-domain <domain>",
      "name of this installation's identities",
      "sallyport.internal",
    )
    .option("--pool4 <cidr>", "IPv4 prefix of tunnel addresses", "100.96.0.0/16");
  answering(context, command, async (options: InitOptionValues) => {
    const [first = hostname()] = options.address;
    const { initialise } = await import("../init.ts");
    const made = await initialise({
      places: placesOf(context.environment, options.directory),
      trustDomain: options.trustDomain,
      url: checkedUrl(options.url ?? `https://${first.includes(":") ? `[${first}]` : first}:8443`),
      addresses: options.address,
      pool4: options.pool4,
      nowAt: context.nowAt(),
    });
    const text = fieldsText([
      ["state folder", made.directory],
      ["trust domain", made.trustDomain],
      ["agents reach it at", made.url],
      ["root pin", made.rootPin],
      ["root key", made.rootKeyFile],
      ["root token", made.tokenFile],
      ["console", made.setUpUrl],
    ]);
    const note = `\nMove ${made.rootKeyFile} to a place that is offline: nothing here needs it until the\nissuing certificate is renewed within a year.\nThe console's link makes its first administrator, once, within a day.\nNext: \`sallyport-controller serve\`, then \`sallyport-controller site apply FILE\`.`;
    return { schema: "sallyport.init/1", data: made, text, note };
  });
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === "https:" && url.pathname === "/" && url.search === "") return url.origin;
  throw new CodedError("SP-703", { why: `\`${text}\` is no URL of the form https://host:port` });
}
