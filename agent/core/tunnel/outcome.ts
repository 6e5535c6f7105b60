/** What netd made of a configuration: how it is reported, what it costs, and whether to ask again. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { Host } from "../identity.ts";
import { type NetdAnswer, refusalError } from "../netd.ts";

/** What netd made of a configuration. */
export interface Outcome {
  readonly result: "ok" | "partial" | "failed";
  readonly errors: readonly ErrorRef[];
  readonly harm: Harm;
  /** The cause may pass without anybody telling us, so that netd is asked again by itself. */
  readonly passing: boolean;
}

/**
 * What a configuration that did not come whole leaves undone: `guard` what closes, `tunnel` what
 * opens (nothing flows), `names` only the names of what is open.
 */
export type Harm = "none" | "guard" | "tunnel" | "names";

const errorsMax = 16;
const detailMax = 400;
const guardSteps = ["narrow", "guard", "rules", "filter", "resources"];
const passingRefusals = ["no_space", "read_only", "kernel", "busy", "unreachable"];

const seeLog: Readonly<Record<Host["os"], string>> = {
  linux: "see `journalctl -u sallyport-netd`",
  darwin: "see `/Library/Logs/Sallyport/netd.log`",
  windows: "see `%ProgramData%\\Sallyport\\logs\\netd.log`, as an administrator",
};
const loadNftables = "load the kernel's nftables (`modprobe nf_tables nft_ct nft_fib_inet`)";
/** What to do, by the step that failed. */
const advice: Readonly<Record<Host["os"], Readonly<Record<string, string>>>> = {
  linux: {
    guard: loadNftables,
    filter: loadNftables,
    link:
      "an interface of somebody else that has our name is renamed or removed (`ip link delete NAME`); " +
      "else load the `wireguard` or `tun` kernel module",
  },
  darwin: {},
  windows: {
    names:
      "where another program holds port 53, end it: `Get-NetUDPEndpoint -LocalPort 53` and " +
      "`Get-NetTCPConnection -LocalPort 53` name its process; " +
      `else ${seeLog.windows}`,
  },
};

/** Returns what netd's answer to a configuration means on a machine of this system. */
export function outcomeOf(answer: NetdAnswer, version: number, os: Host["os"] = "linux"): Outcome {
  const failed = answer.steps.filter((step) => step.result === "failed");
  if (failed.length > 0) {
    const errors = failed.slice(0, errorsMax).map(({ name: step, detail }): ErrorRef => ({
      code: "SP-402",
      params: { version, step, why: whyOf(detail), advice: advice[os][step] ?? seeLog[os] },
    }));
    return {
      result: "partial",
      errors,
      harm: harmOf(failed.map(({ name }) => name)),
      passing: true,
    };
  }
  if (answer.ok) return { result: "ok", errors: [], harm: "none", passing: false };
  const refusal = answer.error ?? { code: "bad_request", at: "", detail: "no reason given" };
  const errors = [refusalError(refusal, `config ${version}`)];
  const passing = passingRefusals.includes(refusal.code);
  return { result: "failed", errors, harm: "guard", passing };
}

function whyOf(detail = ""): string {
  return detail === "" ? "no reason given" : detail.slice(0, detailMax);
}

function harmOf(failed: readonly string[]): Harm {
  if (failed.some((step) => guardSteps.includes(step))) return "guard";
  return failed.every((step) => step === "names") ? "names" : "tunnel";
}
