/** `sallyport.doctor/1`: what was looked at, what is wrong, and the line that mends it. */
import type { Check } from "./check.ts";
import { type ErrorRef, describeError } from "#shared/base/coded-error.ts";
import type { NetdAnswer, Observed } from "../netd.ts";
import { postureChecks } from "./posture-checks.ts";
import { keyProblem } from "../settings.ts";
import type { AgentState } from "../state.ts";
import { stateOf, warningsOf } from "./status.ts";

/** Schema name of the answer. */
export const doctorSchema = "sallyport.doctor/1";

/** A WireGuard session that is older carries nothing. */
const sessionSeconds = 180;
/** The packet mark of what both locks of a gateway have let through. */
const letThrough = "meta mark and 0xff000000 == 0x53000000 accept";

/** Returns every check in the order in which things depend on each other. */
export function checksOf(state: AgentState, answer: NetdAnswer): readonly Check[] {
  const { observed } = answer;
  return [
    enrolment(state),
    controller(state),
    netd(state, answer),
    ...(observed === null ? [] : network(state, observed)),
    // Looking again, as they advise, is refused where nothing is read.
    ...(state.settings.postureChecking ? postureChecks(state.posture) : []),
    ...warningsOf(state).map((error) => failed(`warning ${error.code}`, error)),
  ];
}

function enrolment(state: AgentState): Check {
  const found = stateOf(state);
  if (state.tunnel.revoked) {
    return failed("enrolment", { code: "SP-203", params: { identity: state.identity?.id ?? "" } });
  }
  if (state.enrolment.kind === "joined") return ok("enrolment", "this machine is a member");
  if (found !== "pendingApproval") return failed("enrolment", whyNotJoined(state));
  return {
    name: "enrolment",
    state: "failed",
    detail: "waits for approval",
    fix: "ask your administrator to approve this machine",
  };
}

/** A key that was refused is what to mend; that there is no identity says nothing of it. */
function whyNotJoined({ warnings, settings }: AgentState): ErrorRef {
  return keyProblem(settings) ?? warnings["enrolment"] ?? { code: "SP-304", params: {} };
}

function controller(state: AgentState): Check {
  const { phase, because } = state.link;
  if (phase.kind === "up") return ok("controller", "the link to the controller is up");
  if (because !== null) return failed("controller", because);
  return { name: "controller", state: "unknown", detail: `not connected yet: ${phase.kind}` };
}

function netd(state: AgentState, answer: NetdAnswer): Check {
  if (state.tunnel.netd.because !== null) return failed("netd", state.tunnel.netd.because);
  if (answer.observed !== null) return ok("netd", `${answer.observed.wireguard} WireGuard`);
  const detail = answer.error?.detail ?? "no answer";
  return { name: "netd", state: "unknown", detail };
}

function network(state: AgentState, observed: Observed): readonly Check[] {
  if (observed.configVersion === 0) {
    return state.tunnel.heldVersion === 0 ? [] : unconfigured(state, observed);
  }
  return [
    guard(state, observed),
    ...(state.host.role === "gateway"
      ? [forwarding(observed), routing(state, observed)]
      : [routing(state, observed), names(state, observed)]),
    ...(state.host.role === "device" ? gateways(state, observed) : []),
  ];
}

/** What netd put back at its start by the configuration that it keeps; nothing else is made before it comes again. */
function unconfigured(state: AgentState, observed: Observed): readonly Check[] {
  const rest = state.host.role === "gateway" ? ["forwarding", "routing"] : ["routing", "names"];
  const detail =
    "netd was started anew and waits for the configuration, which comes with the controller";
  return [
    guard(state, observed),
    ...rest.map((name) => ({ name, state: "unknown", detail }) as const),
  ];
}

function guard({ host: { os } }: AgentState, { guard: { table, rules } }: Observed): Check {
  if (os === "windows") return filters(table && rules);
  if (table && rules) return ok("guard", "nftables and routing rules stand");
  return {
    name: "guard",
    state: "failed",
    detail: table ? "the routing rules are damaged" : "the nftables table is damaged",
    fix: "find what rewrites them (`ip rule show`, `nft list tables`) and stop it",
  };
}

/** What stands in the place of tables and rules on Windows. */
function filters(stand: boolean): Check {
  if (stand) return ok("guard", "the filters of Windows stand");
  return {
    name: "guard",
    state: "failed",
    detail: "the filters of Windows are damaged",
    fix: "find what deletes them (`netsh wfp show filters`, as an administrator) and stop it",
  };
}

function routing({ host: { role } }: AgentState, observed: Observed): Check {
  const found = observed.findings.find(({ kind }) => kind === "routeDiverted");
  const ours = role === "gateway" ? "addresses of devices" : "protected addresses";
  if (found === undefined) return ok("routing", `${ours} lead into the tunnel or nowhere`);
  return {
    name: "routing",
    state: "failed",
    detail: `rules of others, another VPN's perhaps, stand before ours and cut off what they lead past the tunnel: ${found.detail}`,
    fix: "stop that VPN, remove its rule with `ip rule del pref NUMBER`, or give it a number above 5359",
  };
}

function names({ host: { os } }: AgentState, observed: Observed): Check {
  const found = observed.findings.find(({ kind }) => kind === "namesHeard");
  if (found === undefined)
    return ok("names", "nothing known here asks for protected names outside the tunnel");
  return {
    name: "names",
    state: "failed",
    detail: `protected names may be heard outside: ${found.detail}`,
    fix:
      os === "windows"
        ? "find what keeps the rules for names away (`Get-DnsClientNrptRule`) and stop it"
        : "use systemd-resolved, and set `dns=systemd-resolved` where NetworkManager runs",
  };
}

function forwarding(observed: Observed): Check {
  const places = observed.findings
    .filter(({ kind }) => kind === "forwardDropped")
    .map(({ detail }) => detail);
  if (places.length === 0) return ok("forwarding", "no other firewall drops what is granted");
  return {
    name: "forwarding",
    state: "failed",
    detail: `another firewall (Docker, libvirt, ufw) drops what this gateway forwards: ${places.join(", ")}`,
    fix: places.map((place) => `nft 'insert rule ${place} ${letThrough}'`).join("; "),
  };
}

function gateways(state: AgentState, observed: Observed): readonly Check[] {
  if (state.tunnel.phase.kind === "blocked") return [];
  return observed.peers.map((peer) => {
    const age = peer.handshakeAgeSeconds;
    const name = `gateway ${peer.endpoint}`;
    if (age !== null && age < sessionSeconds) return ok(name, `answered ${Math.round(age)} s ago`);
    return failed(name, { code: "SP-407", params: { endpoint: peer.endpoint } });
  });
}

function ok(name: string, detail: string): Check {
  return { name, state: "ok", detail };
}

function failed(name: string, error: ErrorRef): Check {
  const { detail, fix } = describeError(error);
  return { name, state: "failed", detail: `${error.code} ${detail}`, fix };
}
