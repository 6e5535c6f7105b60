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

/** The first word of each message: its type, little-endian. */
const wireguardHeads = ["0x01000000", "0x02000000", "0x03000000", "0x04000000"];
const notedMost = 32;
const settleTurnMs = 200;
const settleTurnsMax = 40;
const noteSets = ["ip_leaks", "ip6_leaks"];
const watchedLinks = ["laptop", "gateway", "controller"];

function counterRules(): string {
  const [four, six] = [false, true].map((v6) =>
    insideOnlyPrefixes.filter((prefix) => prefix.includes(":") === v6).join(", "),
  );
  const match = (link: "iifname" | "oifname") => {
    // Who it was is noted after it is counted: a full set ends a rule.
    const note = (family: "ip" | "ip6") =>
      `counter name leaked add @${family}_leaks { meta ${link} . ${family} saddr . ${family} daddr . meta l4proto }`;
    return [
      `ip saddr { ${four} } ${note("ip")}`,
      `ip daddr { ${four} } ip saddr != { ${four} } ${note("ip")}`,
      `ip6 saddr { ${six} } ${note("ip6")}`,
      `ip6 daddr { ${six} } ip6 saddr != { ${six} } ${note("ip6")}`,
    ].join("; ");
  };
  const notes = (family: "ip" | "ip6", type: string) =>
    `set ${family}_leaks { type ifname . ${type} . ${type} . inet_proto; size ${notedMost}; flags dynamic; }`;
  // A hostile lease can make an inside address the only one that WireGuard's messages can leave from.
  const outside = [`ip daddr != { ${four} }`, `ip6 daddr != { ${six} }`];
  const pass = outside
    .map((to) => `${to} udp dport 51820 @th,64,32 { ${wireguardHeads.join(", ")} } return`)
    .join("; ");
  // Raw prerouting sees what arrives before anything can drop it; output what the impostor answers.
  return `table inet lab {
  counter leaked { }
  ${notes("ip", "ipv4_addr")}
  ${notes("ip6", "ipv6_addr")}
  chain arriving { type filter hook prerouting priority -400; policy accept; iif "lo" return; ${pass}; ${match("iifname")}; }
  chain leaving { type filter hook output priority 400; policy accept; oif "lo" return; ${pass}; ${match("oifname")}; }
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
    for (const set of noteSets) mustRunNow(nft(["flush", "set", "inet", "lab", set]));
    mustRunNow(nft(["reset", "counter", "inet", "lab", "leaked"]));
    await ask(this.#capture, { verb: "reset" });
  }

  async read(): Promise<LeakReading> {
    const text = mustRunNow(nft(["list", "counter", "inet", "lab", "leaked"])).stdout;
    const counted = Number(/packets (\d+)/.exec(text)?.[1] ?? Number.NaN);
    const answer = await ask(this.#capture, { verb: "report" });
    const summary = answer["summary"] as CaptureSummary;
    const noted = counted > summary.leaked ? notedByCounter() : [];
    return {
      leaked: Math.max(counted, summary.leaked),
      byCounter: counted,
      byCapture: summary.leaked,
      missed: summary.missed,
      tunnel: summary.links["laptop"]?.wireguard ?? 0,
      examples: [...summary.examples, ...noted],
    };
  }

  async stop(): Promise<void> {
    await this.#capture.stop();
  }
}

/** Each as `"link" . source . destination . protocol`; its reader looks at three links, the counter at all. */
function notedByCounter(): readonly string[] {
  const texts = noteSets.map((set) => mustRunNow(nft(["list", "set", "inet", "lab", set])).stdout);
  return texts.flatMap((text) =>
    (/elements = \{([^}]*)\}/.exec(text)?.[1] ?? "").split(",").flatMap((item) => {
      const shown = item.trim();
      return shown === "" ? [] : [`counter: ${shown}`];
    }),
  );
}

function nft(args: readonly string[]): readonly string[] {
  return inNamespace("internet", [programPath("nft"), ...args]);
}
