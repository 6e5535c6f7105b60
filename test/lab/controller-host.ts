// The controller of the lab on its own machine, with the documents of documents.ts applied.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabFailure, run, type CommandResult } from "./command.ts";
import { consolePort, doorSocket, outerConsolePort } from "./console-door.ts";
import { environmentOf, type Places } from "./installation.ts";
import { Program } from "./program.ts";
import { clone, nodePath } from "./program-path.ts";
import { address, inNamespace } from "./topology.ts";

const controllerUrl = `https://${address.controller4}:8443`;
const trustDomain = "lab.sallyport.test";

const readyDeadlineMs = 90_000;

/** Owns the controller's process; it can be killed and started again. */
export class ControllerHost {
  readonly places: Places;
  readonly #serveArguments: readonly string[];
  #program: Program | undefined;
  #door: Program | undefined;

  constructor(places: Places, serveArguments: readonly string[] = []) {
    this.places = places;
    this.#serveArguments = serveArguments;
  }

  get program(): Program {
    if (this.#program === undefined) throw new Error("the controller was never started");
    return this.#program;
  }

  async init(): Promise<void> {
    await this.ask(["init", "--url", controllerUrl, "--trust-domain", trustDomain]);
  }

  /** Waits for the line that says how the start ended. */
  async start(said = "controller ready"): Promise<void> {
    const program = [nodePath, join(clone, "controller", "main.ts")];
    this.#program = new Program({
      name: "controller",
      argv: inNamespace("controller", [...program, "serve", ...this.#serveArguments]),
      logFile: join(this.places.logs, "controller.log"),
      env: this.environment(),
    });
    await this.#program.waitFor((line) => line["message"] === said, {
      deadlineMs: readyDeadlineMs,
    });
  }

  /** Lets the outside reach the console; gives the link that signs in once, as the outside sees it. */
  async openConsole(): Promise<string> {
    const door = [nodePath, join(clone, "test", "lab", "console-door.ts")];
    this.#door = new Program({
      name: "console-door",
      argv: inNamespace("controller", [...door, doorSocket, String(consolePort)]),
      logFile: join(this.places.logs, "console-door.log"),
    });
    await this.#door.waitFor((line) => line["message"] === "console door ready", {
      deadlineMs: readyDeadlineMs,
    });
    const url = new URL(String((await this.ask(["console"]))["url"]));
    url.port = String(outerConsolePort());
    return url.href;
  }

  async stop(): Promise<void> {
    await this.#door?.stop();
    await this.#program?.stop();
  }

  /** The `sallyport-controller` command on the controller's own machine. */
  cli(args: readonly string[], input?: string): Promise<CommandResult> {
    const argv = [nodePath, join(clone, "controller", "main.ts"), ...args];
    return run(inNamespace("controller", argv), {
      env: this.environment(),
      deadlineMs: 60_000,
      ...(input === undefined ? {} : { input }),
    });
  }

  /** As `cli` with `--json`; any exit code but 0 is a LabFailure with the program's own words. */
  async ask(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const result = await this.cli([...args, "--json"]);
    if (result.exitCode !== 0) {
      const words = `${result.stdout.trim()} ${result.stderr.trim()}`.trim().slice(-1_000);
      throw new LabFailure(
        "controller",
        `${args.join(" ")} ended with ${result.exitCode}: ${words}`,
      );
    }
    return JSON.parse(result.stdout) as Readonly<Record<string, unknown>>;
  }

  /** Applies one YAML text by a file, as an administrator does. */
  async apply(kind: "site" | "gateway" | "resource" | "policy", text: string): Promise<void> {
    const file = join(this.places.state, `${kind}.yaml`);
    writeFileSync(file, text);
    // A set that replaces another needs a reason; rings are for fleets.
    const more = kind === "policy" ? ["--at-once", "--reason", "the story goes on"] : [];
    await this.ask([kind, "apply", file, ...more]);
  }

  environment(): Readonly<Record<string, string>> {
    return {
      ...environmentOf(this.places, "controller"),
      SALLYPORT_KEK_FILE: join(this.places.state, "kek"),
      SALLYPORT_TOKEN_FILE: join(this.places.state, "controller", "token"),
    };
  }
}
