import { type Command, Option } from "commander";
import { logLevels, type LogLevel } from "../../io/log/log.ts";
import type { CommandContext } from "../command-context.ts";
import { parseDurationSeconds as seconds, parsePort } from "../duration.ts";
import { placesOf } from "../environment.ts";
import { serve } from "../serve.ts";

interface ServeOptionValues {
  readonly directory?: string;
  readonly agentsHost: string;
  readonly agentsPort: number;
  readonly apiHost: string;
  readonly apiPort: number;
  readonly metricsPort: number;
  readonly reopenHold: number;
  readonly reopenHoldMax: number;
  readonly logLevel?: LogLevel;
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
    .option("--metrics-port <port>", "port of metrics and health on loopback", parsePort, 9440)
    .option("--reopen-hold <duration>", "steady pass before access returns", seconds, 2)
    .option("--reopen-hold-max <duration>", "the same at most, while posture flaps", seconds, 60)
    .addOption(new Option("--log-level <level>", "least level logged").choices([...logLevels]))
    .action(async (options: ServeOptionValues) => {
      const level = options.logLevel ?? context.environment["SALLYPORT_LOG_LEVEL"];
      await serve({
        places: placesOf(context.environment, options.directory),
        agents: { host: options.agentsHost, port: options.agentsPort },
        api: { host: options.apiHost, port: options.apiPort },
        metricsPort: options.metricsPort,
        reopenHold: {
          firstMs: options.reopenHold * 1_000,
          longestMs: Math.max(options.reopenHold, options.reopenHoldMax) * 1_000,
        },
        logLevel: logLevels.find((known) => known === level) ?? "info",
      });
    });
}
