/** What the owner of the machine decided (device management, agent.yaml, environment). */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { SettingKey } from "#shared/settings/setting-catalogue.ts";

/** Who set a value; what device management sets is locked for everybody else. */
export type SettingSource = "managed" | "file" | "environment" | "default";

/** One setting as people see it; a secret shows only that it is there. */
export interface SettingRow {
  readonly key: SettingKey;
  readonly value: string | boolean | number | readonly string[] | null;
  readonly source: SettingSource;
}

/** Settings that the agent acts on: they can only narrow. */
export interface Settings {
  readonly alwaysOn: boolean;
  readonly allowUserDisconnect: boolean;
  readonly disconnectRequiresReason: boolean;
  readonly reconnectAfterMs: number | null;
  /** Whether the posture of this machine is read at all. */
  readonly postureChecking: boolean;
  readonly hideTray: boolean;
  readonly managedBy: string | null;
  readonly supportUrl: string | null;
  readonly rows: readonly SettingRow[];
  /** Values that were not taken, each named. */
  readonly problems: readonly ErrorRef[];
}

/** Returns why the key to join with is none; undefined where it may be one, or there is no key. */
export function keyProblem({ problems }: Settings): ErrorRef | undefined {
  const name: SettingKey = "EnrollmentKey";
  return problems.find(({ code, params }) => code === "SP-104" || params["name"] === name);
}

/** Returns the settings of a machine that nobody has set anything on. */
export function plainSettings(): Settings {
  return {
    alwaysOn: false,
    allowUserDisconnect: true,
    disconnectRequiresReason: false,
    reconnectAfterMs: null,
    postureChecking: true,
    hideTray: false,
    managedBy: null,
    supportUrl: null,
    rows: [],
    problems: [],
  };
}
