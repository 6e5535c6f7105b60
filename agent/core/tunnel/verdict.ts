/** The verdict as the controller sends it. */
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";

/** What the controller last said about this device's access. */
export type Verdict = Extract<ControllerMessage, { kind: "verdict" }>;

/** Values with which levels were met, by signal. Of a yes or no alone is the other value surely wrong. */
export type Judged = Readonly<Record<string, boolean>>;
