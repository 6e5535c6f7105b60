import type { ReactNode } from "react";
import type { DeviceShown } from "#shared/protocol/api/device.ts";
import { Mark } from "./mark.tsx";

/** Why the configuration that was sent last is not in force as a whole. */
export function ConfigErrors({
  errors,
}: {
  readonly errors: DeviceShown["configErrors"];
}): ReactNode {
  return errors.map(({ code, title, detail }) => (
    <div key={code} role="alert">
      <Mark tone="unmet" word={`${title} (${code})`} /> {detail}
    </div>
  ));
}
