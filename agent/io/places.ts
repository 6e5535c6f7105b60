import { join } from "node:path";

/** Where the agent keeps and finds things. */
export interface Places {
  readonly config: string;
  readonly managed: string;
  readonly state: string;
  readonly netdSocket: string;
  readonly agentSocket: string;
  readonly localSocket: string;
}

/** Returns the places for an environment; installed daemons set only what their unit sets. */
export function placesOf(environment: Readonly<Record<string, string | undefined>>): Places {
  const run = environment["SALLYPORT_RUN_DIR"] ?? "/run/sallyport";
  const config = environment["SALLYPORT_CONFIG"] ?? "/etc/sallyport/agent.yaml";
  return {
    config,
    managed: join(config, "..", "managed.d"),
    state: environment["SALLYPORT_STATE_DIR"] ?? "/var/lib/sallyport/agent",
    netdSocket: join(run, "netd.sock"),
    agentSocket: join(run, "agent.sock"),
    localSocket: join(run, "local.sock"),
  };
}
