/** The verdict as the controller sends it. */
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";

/** What the controller last said about this device's access. */
export type Verdict = Extract<ControllerMessage, { kind: "verdict" }>;
