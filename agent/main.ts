#!/usr/bin/env node
/** The `sallyport` program: the daemon and the command line that talks to it. */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { namesCommand, type Shell, shells } from "#shared/command-line/completion-script.ts";
import { versionAnswer } from "#shared/command-line/version-answer.ts";
import type { DaemonOptions } from "./cli/daemon.ts";
import { type StatusState, statusStates } from "./core/local/status.ts";
import { parseDuration } from "./cli/duration.ts";
import { examplesOf } from "./cli/examples.ts";
import type { EnrolOptions } from "./cli/enrol.ts";
import type { PostureOptions } from "./cli/inquiry.ts";
import type { LoginOptions } from "./cli/login.ts";
import {
  emphases,
  fail,
  failUnwritten,
  print,
  printFailure,
  printJson,
  setEmphasis,
} from "./cli/output.ts";
import type { StatusOptions } from "./cli/status.ts";
import { agentVersion, osName } from "./io/host.ts";

// Each command is loaded when it is called: the daemon holds none of them, they nothing of the daemon.
const inquiry = () => import("./cli/inquiry.ts");
const joining = () => import("./cli/enrol.ts");

interface Json {
  readonly json?: boolean;
}

const program = new Command("sallyport")
  .description("Joins this machine to a Sallyport controller and tells what it may reach and why.")
  .version(agentVersion)
  .addOption(
    new Option("--color <when>", "bold text; `auto` only on a terminal")
      .choices(emphases)
      .default("auto"),
  )
  .exitOverride()
  .showHelpAfterError();

const json = (): Option => new Option("--json", "one JSON object on stdout");
const timeout = (fallbackMs: number): Option =>
  new Option("--timeout <duration>", "how long to wait, as in `30s`")
    .argParser(parseDuration)
    .default(fallbackMs, `${fallbackMs / 1000}s`);

program
  .command("enroll")
  .alias("enrol")
  .description("join a controller (root)")
  .option("--key-file <file>", "file with the enrolment key; `-` reads it from stdin")
  .option("--identity-file <file>", "PKCS#12 identity of your device management, in place of a key")
  .option("--password-file <file>", "file with its password")
  .option("--controller <url>", "with an identity: https URL of the controller's agents' port")
  .option("--root-pin <pin>", "with an identity: pin of the controller's root")
  .option("--managed", "with the key that device management left, if there is one")
  .addOption(timeout(600_000))
  .addOption(json())
  .action(run<EnrolOptions>(async (options) => (await joining()).enrol(options)));
program
  .command("unenroll")
  .alias("unenrol")
  .description("leave the controller and remove everything from the network (root)")
  .addOption(json())
  .action(run<Json>(async (options) => (await joining()).unenrol(options)));
program
  .command("status")
  .description("what is open, what is blocked and why")
  .option("--wait <state>", "wait until this state is reached", parseState)
  .option("--open", "show it as a page in your browser, for you alone")
  .addOption(timeout(60_000))
  .addOption(json())
  .action(
    run(async (options: StatusOptions & { open?: boolean }) => {
      if (options.open === true) return (await import("./surface/open-page.ts")).openPage();
      return (await import("./cli/status.ts")).status(options);
    }),
  );
program
  .command("posture")
  .description("what was read of this machine")
  .option("--all", "also what was never read")
  .option("--evidence <signal>", "the redacted text that one signal stands on")
  .addOption(json())
  .action(run<PostureOptions>(async (options) => (await inquiry()).posture(options)));
program
  .command("explain")
  .argument("<resource>", "name of a resource")
  .description("why a resource is open or blocked, and how to open it")
  .addOption(json())
  .action((resource: string, options: { json?: boolean }) =>
    run(async () => (await inquiry()).explain(resource, options))(options),
  );
program
  .command("request")
  .argument("<resource>", "name of a resource")
  .description("ask for access for a while; somebody at the controller approves it")
  .requiredOption("--reason <text>", "what it is for")
  .addOption(
    new Option("--for <duration>", "how long, 12h at most")
      .argParser(parseDuration)
      .default(3_600_000, "1h"),
  )
  .addOption(json())
  .action((resource: string, options: { reason: string; for: number; json?: boolean }) =>
    run(async () => (await inquiry()).request(resource, options))(options),
  );
program
  .command("recheck")
  .description("look at this machine again, now")
  .addOption(json())
  .action(run<Json>(async (options) => (await inquiry()).recheck(options)));
program
  .command("doctor")
  .description("what is wrong, and the line that mends it")
  .option("--bundle <file>", "write all of it for your support, without secrets")
  .option("--deployment", "whether this installation is whole; the exit code serves as detection")
  .addOption(json())
  .action(
    run(async (options: { json?: boolean; bundle?: string; deployment?: boolean }) => {
      if (options.deployment === true) {
        return (await import("./cli/deployment.ts")).deployment(options);
      }
      if (options.bundle === undefined) return (await import("./cli/doctor.ts")).doctor(options);
      return (await import("./cli/bundle.ts")).writeBundle(options.bundle, options);
    }),
  );
program
  .command("settings")
  .description("every setting, who set it, and what is locked")
  .addOption(json())
  .action(run<Json>(async (options) => (await import("./cli/settings.ts")).settings(options)));
program
  .command("login")
  .description("sign in as a person, at a page of the controller")
  .addOption(
    new Option("--strength <strength>", "how strong a sign-in").choices([
      "single",
      "mfa",
      "phishing_resistant",
    ]),
  )
  .addOption(
    new Option("--max-age <duration>", "how old the proof may be, as in `15m`").argParser(
      parseDuration,
    ),
  )
  .option("--no-wait", "print the page and go")
  .addOption(
    new Option("--timeout <duration>", "how long to wait for it")
      .argParser(parseDuration)
      .default(600_000, "10m"),
  )
  .addOption(json())
  .action(run<LoginOptions>(async (options) => (await import("./cli/login.ts")).login(options)));
program
  .command("logout")
  .description("end the sign-in; what needs a person closes")
  .addOption(json())
  .action(run<Json>(async (options) => (await inquiry()).logout(options)));
program
  .command("portal")
  .description("let the sign-in page of this network through for five minutes")
  .addOption(json())
  .action(run<Json>(async (options) => (await inquiry()).portal(options)));
program
  .command("up")
  .description("take back a `down`")
  .addOption(json())
  .action(run<Json>(async (options) => (await inquiry()).up(options)));
program
  .command("down")
  .description("take the tunnel down; protected addresses stay closed")
  .option("--reason <text>", "why")
  .addOption(json())
  .action(run<Json & { reason?: string }>(async (options) => (await inquiry()).down(options)));
const gateway = program.command("gateway").description("commands of a gateway");
gateway
  .command("status")
  .description("what holds this gateway up, if anything does, as `sallyport status` says it")
  .addOption(timeout(60_000))
  .addOption(json())
  .action(run(async (options: StatusOptions) => (await import("./cli/status.ts")).status(options)));
gateway
  .command("break-glass")
  .argument("<file>", "signed by two administrators")
  .description("open what it names while the controller is lost (root)")
  .addOption(json())
  .action((file: string, options: { json?: boolean }) =>
    run(async () => (await import("./cli/break-glass.ts")).breakGlass(file, options))(options),
  );
program
  .command("update")
  .description("take a newer version, if the settings allow it (root; on Linux alone)")
  .option("--check", "only look")
  .addOption(json())
  .action(
    run(async (options: { check?: boolean; json?: boolean }) => {
      return (await import("./cli/update.ts")).update(options);
    }),
  );
program
  .command("tray")
  .description("show the icon in this desktop session")
  .action(
    run(async () => {
      return (await import("./surface/tray.ts")).tray();
    }),
  );
program
  .command("daemon")
  .description("run the agent in the foreground")
  .addOption(
    new Option("--role <role>", "what this machine is")
      .choices(["device", "gateway"])
      .makeOptionMandatory(),
  )
  .addOption(new Option("--hosted", "stop at the end of standard input").hideHelp())
  .action(run(runDaemon));

program
  .command("version")
  .description("print the version, as `--version` does")
  .addOption(json())
  .action((options: Json) => {
    if (options.json === true) printJson(versionAnswer(agentVersion));
    else print(agentVersion);
  });
program
  .command("completion")
  .description("print a script that completes commands, options and names of resources")
  .addArgument(new Argument("<shell>", "which shell").choices(shells))
  .action((shell: Shell) =>
    run(async () => (await import("./cli/completion.ts")).completion(program, shell))({}),
  );
program
  .command(namesCommand, { hidden: true })
  .argument("<kind>", "of what")
  .argument("[begin]", "what they begin with", "")
  .action((_: string, begin: string) =>
    run(async () => (await import("./cli/completion.ts")).names(begin))({}),
  );

// In the packaged executable the collector is this same file, started by the daemon.
program.command("collector", { hidden: true }).action(async () => {
  await import("./collector/main.ts");
});

for (const command of commandsOf(program)) {
  const name = command === program ? "" : command.name();
  command.addHelpText("before", () => examplesOf(name, osName()));
}

// A reader that has seen enough (`| head`) is no bug of ours: end as SIGPIPE would have ended us.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 141 : failUnwritten(error));
});

program.hook("preAction", () => {
  setEmphasis(program.opts<{ color: (typeof emphases)[number] }>().color);
});

// An option that wants a value would take `--json` for it.
program.hook("preAction", (_, action) => {
  const [eaten] = Object.entries(action.opts()).find(([, value]) => value === "--json") ?? [];
  if (eaten !== undefined) action.error(`error: \`${eaten}\` needs a value before \`--json\``);
});

// No top-level await: the packaged executable runs this file as CommonJS.
program.parseAsync().catch(refuse);

/** Ends a misuse with its exit code; commander has written its own words to stderr already. */
function refuse(error: unknown): void {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
  if (error.exitCode !== 0 && process.argv.includes("--json")) {
    printFailure({ code: "SP-703", params: { why: error.message.replace(/^error: /, "") } });
  }
}

async function runDaemon(options: DaemonOptions): Promise<never> {
  const { daemon } = await import("./cli/daemon.ts");
  // Neither a controller that does not answer our goodbye nor a thread may keep the process.
  process.exit(await daemon(options).catch((error: unknown) => fail(error, false)));
}

/** Turns a command into an action: its number becomes the exit code, its failure is said. */
function run<T extends object>(command: (options: T) => Promise<number>) {
  return async (options: T): Promise<void> => {
    try {
      process.exitCode = await command(options);
    } catch (error) {
      process.exitCode = fail(error, "json" in options && options.json === true);
    }
  };
}

function parseState(text: string): StatusState {
  const state = statusStates.find((known) => known === text);
  if (state === undefined) throw new InvalidArgumentError(`one of ${statusStates.join(" ")}`);
  return state;
}

function commandsOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}
