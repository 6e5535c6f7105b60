// The lab's voice: a calm story for people on one stream. It knows what to say, not what happens.
import { roundMs } from "./phases.ts";
import type { Findings, LabReport } from "./report.ts";

const drawing = `
   ┌──────────┐        ┌──────────────── internet ────────────────┐
   │  laptop  ├────────┤  an impostor answers here for the        │
   │ agent    │        │  resource's addresses: a leak would show │
   │ netd     │        └──┬────────────────────────────┬──────────┘
   │ firewall │           │                            │
   └──────────┘   ┌───────┴──────┐              ┌──────┴─────┐         ┌───────────────┐
                  │  controller  │              │  gateway   ├── LAN ──┤ resource wiki │
                  └──────────────┘              └────────────┘         └───────────────┘
`;

/** Where the story goes: stdout for people, stderr when stdout belongs to the JSON object. */
export class Teller {
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  opening(rootless: boolean): void {
    this.#say("Sallyport, end to end on this machine, in a private container of namespaces");
    this.#say(rootless ? "(as an ordinary user)." : "(as root; nothing outside it is touched).");
    this.#say(drawing);
  }

  step(title: string): void {
    this.#say(`\n• ${title}`);
  }

  detail(text: string): void {
    this.#say(`    ${text}`);
  }

  /** The figures of the whole story, as a person reads them. */
  summary(report: LabReport, cutEnds: Findings["cutEnds"]): void {
    const { cutoffMs, phasesMs, restoreMs, controls, leakedPackets } = report;
    this.#say("");
    if (cutoffMs !== null && phasesMs !== null) {
      const { detect, uplink, decide, push, apply } = phasesMs;
      const parts = { detect, uplink, decide, push, apply };
      this.#say(
        `  cut-off    TCP ${ms(cutoffMs.tcp)}, UDP ${ms(cutoffMs.udp)} after the firewall opened`,
      );
      const split = Object.entries(parts).map(([name, value]) => `${name} ${ms(value)}`);
      this.#say(`             ${split.join(" · ")}`);
    }
    if (cutEnds !== null) {
      const { first, restMs } = cutEnds;
      const rest = `TCP ${ms(restMs.tcp)}, UDP ${ms(restMs.udp)}`;
      this.#say(`             the ${first} cut first; beside these phases ${rest}`);
    }
    if (restoreMs !== null) this.#say(`  return     ${ms(restoreMs)} after it closed again`);
    this.#say(
      `  tunnel     ${controls.capturedTunnelPackets} WireGuard packets on the laptop's link`,
    );
    this.#say(`  leaks      ${leakedPackets ?? "not counted"}`);
    if (report.failed !== undefined) {
      const { step, code, detail } = report.failed;
      this.#say(`\n  FAILED at "${step}" (${code}): ${detail}`);
    } else {
      this.#say("\n  All as promised.");
    }
  }

  /** What to type in another terminal while the lab stays. */
  invitation(enter: string, signInUrl: string): void {
    const lines = [
      "The lab stays. Its console, in a browser on this machine (the link signs in once):",
      "",
      `  ${signInUrl}`,
      "",
      "In another terminal, in this folder:",
      "",
      `  ${enter} laptop sallyport status          what the laptop may reach, and why`,
      `  ${enter} laptop sallyport posture         what it reports about itself`,
      `  ${enter} laptop sallyport explain wiki    why the wiki is open or closed`,
      `  ${enter} laptop firewall off              open its firewall; watch the wiki go`,
      `  ${enter} laptop firewall on               close it; the wiki comes back`,
      `  ${enter} laptop wiki                      open the wiki's page`,
      `  ${enter} controller sallyport-controller device list`,
      `  ${enter} controller sallyport-controller console   another link`,
      `  ${enter} gateway nft list table inet sallyport`,
      `  ${enter} laptop                           a shell on the laptop`,
      "",
      "Ctrl-C removes everything.",
    ];
    this.#say(`\n${lines.join("\n")}`);
  }

  ending(): void {
    this.#say("\nAll gone: namespaces, rules, processes and state.");
  }

  #say(text: string): void {
    this.#stream.write(`${text}\n`);
  }
}

/** A duration as people read it. */
export function ms(value: number): string {
  return value >= 100 ? `${Math.round(value)} ms` : `${roundMs(value).toFixed(1)} ms`;
}
