import { type Command, InvalidArgumentError, Option } from "commander";
import { CodedError } from "#shared/base/coded-error.ts";
import { type Cidr, parseCidr } from "#shared/net/cidr.ts";
import { logLevels, type LogLevel } from "../../io/log/log-level.ts";
import type { CommandContext } from "../command-context.ts";
import { parseDurationSeconds as seconds, parsePort } from "../duration.ts";
import { placesOf } from "../environment.ts";

interface ServeOptionValues {
  readonly directory?: string;
  readonly agentsHost: string;
  readonly agentsPort: number;
  readonly apiHost: string;
  readonly apiPort: number;
  readonly apiCertificate?: string;
  readonly apiKey?: string;
  readonly apiOwnCertificate?: boolean;
  readonly consoleUrl?: string;
  readonly identityProviderNet: readonly Cidr[];
  readonly metricsPort: number;
  readonly reopenHold: number;
  readonly reopenHoldMax: number;
  readonly geo: readonly string[];
  readonly geoPin: readonly string[];
  readonly geoEgress: readonly Cidr[];
  readonly logLevel?: LogLevel;
}

function appended(value: string, former: readonly string[]): readonly string[] {
  return [...former, value];
}

function prefixes(text: string, former: readonly Cidr[]): readonly Cidr[] {
  const prefix = parseCidr(text);
  if (prefix === null) throw new InvalidArgumentError(`\`${text}\` is no prefix`);
  return [...former, prefix];
}

function apiTlsOf({ apiCertificate, apiKey, apiOwnCertificate }: ServeOptionValues) {
  if (apiOwnCertificate === true) return "own";
  if (apiCertificate === undefined && apiKey === undefined) return undefined;
  if (apiCertificate !== undefined && apiKey !== undefined) {
    return { certificate: apiCertificate, key: apiKey };
  }
  throw new CodedError("SP-703", { why: "--api-certificate and --api-key come together" });
}

function originOf(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "") {
    return url.origin;
  }
  throw new InvalidArgumentError(`\`${text}\` is no URL of the form https://host:port`);
}

/** Adds `serve`. */
export function addServeCommand(program: Command, context: CommandContext): void {
  program
    .command("serve")
    .description("run the controller until SIGTERM or SIGINT")
    .option("--directory <folder>", "state folder; else SALLYPORT_STATE_DIR, else /var/lib")
    .option("--agents-host <address>", "address of the agents' port", "::")
    .option("--agents-port <port>", "port of agents, enrolment and renewal", parsePort, 8443)
    .option("--api-host <address>", "address of the admin API", "127.0.0.1")
    .option("--api-port <port>", "port of the admin API", parsePort, 8440)
    .option("--api-certificate <file>", "chain of the admin API's certificate (PEM)")
    .option("--api-key <file>", "its private key (PEM)")
    .option("--api-own-certificate", "a certificate of this controller's own authority instead")
    .option(
      "--console-url <url>",
      "as people open the console; this host by name when left out",
      originOf,
    )
    .option(
      "--identity-provider-net <prefix>",
      "own network that holds the identity provider; repeatable",
      prefixes,
      [],
    )
    .option("--metrics-port <port>", "port of metrics and health on loopback", parsePort, 9440)
    .option("--reopen-hold <duration>", "steady pass before access returns", seconds, 2)
    .option("--reopen-hold-max <duration>", "the same at most, while posture flaps", seconds, 60)
    .option("--geo <file>", "MMDB of countries, cities or networks; repeatable", appended, [])
    .option("--geo-pin <sha256>", "each database must have one of these digests", appended, [])
    .option("--geo-egress <prefix>", "own way out of people elsewhere; repeatable", prefixes, [])
    .addOption(new Option("--log-level <level>", "least level logged").choices([...logLevels]))
    .action(async (options: ServeOptionValues) => {
      // Most commands only ask a running controller: they start without what it is made of.
      const { serve } = await import("../serve.ts");
      const level = options.logLevel ?? context.environment["SALLYPORT_LOG_LEVEL"];
      await serve({
        places: placesOf(context.environment, options.directory),
        agents: { host: options.agentsHost, port: options.agentsPort },
        api: { host: options.apiHost, port: options.apiPort },
        apiTls: apiTlsOf(options),
        consoleUrl: options.consoleUrl,
        identityProviderNets: options.identityProviderNet,
        metricsPort: options.metricsPort,
        geography: { files: options.geo, pins: options.geoPin, egress: options.geoEgress },
        reopenHold: {
          firstMs: options.reopenHold * 1_000,
          maxMs: Math.max(options.reopenHold, options.reopenHoldMax) * 1_000,
        },
        logLevel: logLevels.find((known) => known === level) ?? "info",
      });
    });
}
