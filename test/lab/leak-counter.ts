// Two independent eyes on the internet's links: an nft counter in the internet namespace and our own
// AF_PACKET reader. A leak is a packet from or to an inside address that is not WireGuard, or one that
// says an inside name; names are for the reader's eye alone.
import { setTimeout as delay } from "node:timers/promises";
import { mustRunNow } from "./command.ts";
import { ask } from "./line-client.ts";
import { Program } from "./program.ts";
import { nativeProgramPath, programPath } from "./program-path.ts";
import { insideNames, insideOnlyPrefixes, inNamespace } from "./topology.ts";

/** What the two eyes outside the laptop counted. */
export interface LeakReading {
  /** The larger of both counts: each eye alone is believed. */
  readonly leaked: number;
  readonly byCounter: number;
  readonly byCapture: number;
  /** What the reader was too slow for: a name in it would not have been seen. */
  readonly missed: number;
  /** WireGuard packets on the laptop's link. */
  readonly tunnel: number;
  readonly examples: readonly string[];
}

interface CaptureSummary {
  readonly links: Readonly<Record<string, { readonly wireguard: number }>>;
  readonly leaked: number;
  readonly missed: number;
  readonly examples: readonly string[];
}

const settleTurnMs = 200;
const settleTurnsMax = 40;
const watchedLinks = ["laptop", "gateway", "controller"];

function counterRules(): string {
  const [four, six] = [false, true].map((v6) =>
    insideOnlyPrefixes.filter((prefix) => prefix.includes(":") === v6).join(", "),
  );
  const match = [
    `ip saddr { ${four} } counter name leaked`,
    `ip daddr { ${four} } ip saddr != { ${four} } counter name leaked`,
    `ip6 saddr { ${six} } counter name leaked`,
    `ip6 daddr { ${six} } ip6 saddr != { ${six} } counter name leaked`,
  ].join("; ");
  // Raw prerouting sees what arrives before anything can drop it; output what the impostor answers.
  return `table inet lab {
  counter leaked { }
  chain arriving { type filter hook prerouting priority -400; policy accept; iif "lo" return; ${match}; }
  chain leaving { type filter hook output priority 400; policy accept; oif "lo" return; ${match}; }
}
`;
}

/** Owns the capture program; both counters start at zero when it is made. */
export class LeakCounter {
  readonly #capture: Program;

  private constructor(capture: Program) {
    this.#capture = capture;
  }

  static async start(logFile: string): Promise<LeakCounter> {
    mustRunNow(nft(["-f", "-"]), { input: counterRules() });
    const watch = ["--links", watchedLinks.join(","), "--inside", insideOnlyPrefixes.join(",")];
    watch.push("--names", insideNames.join(","));
    const argv = inNamespace("internet", [nativeProgramPath("sallyport-lab-capture"), ...watch]);
    const capture = new Program({ name: "capture", argv, logFile });
    await capture.waitFor((line) => line["message"] === "capturing", { deadlineMs: 60_000 });
    return new LeakCounter(capture);
  }

  /** Waits until the leaks made on purpose have ended: two readings apart by a turn are equal. */
  async settle(): Promise<void> {
    let before = -1;
    for (let turn = 0; turn < settleTurnsMax; turn += 1) {
      const { leaked } = await this.read();
      if (leaked === before) return;
      before = leaked;
      await delay(settleTurnMs);
    }
  }

  /** Counts from zero again: the control that makes a leak on purpose must not count as one. */
  async reset(): Promise<void> {
    mustRunNow(nft(["reset", "counter", "inet", "lab", "leaked"]));
    await ask(this.#capture, { verb: "reset" });
  }

  async read(): Promise<LeakReading> {
    const text = mustRunNow(nft(["list", "counter", "inet", "lab", "leaked"])).stdout;
    const counted = Number(/packets (\d+)/.exec(text)?.[1] ?? Number.NaN);
    const answer = await ask(this.#capture, { verb: "report" });
    const summary = answer["summary"] as CaptureSummary;
    return {
      leaked: Math.max(counted, summary.leaked),
      byCounter: counted,
      byCapture: summary.leaked,
      missed: summary.missed,
      tunnel: summary.links["laptop"]?.wireguard ?? 0,
      examples: summary.examples,
    };
  }

  async stop(): Promise<void> {
    await this.#capture.stop();
  }
}

function nft(args: readonly string[]): readonly string[] {
  return inNamespace("internet", [programPath("nft"), ...args]);
}
