import type { AccessRequest } from "./access-request.ts";

/** An elevation with whether it has opened its resource since it is known here. */
export interface HeldRequest {
  request: AccessRequest;
  opened: boolean;
}
