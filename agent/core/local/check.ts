/** One thing that was looked at; `unknown` says why it could not be. */
export interface Check {
  readonly name: string;
  readonly state: "ok" | "failed" | "unknown";
  readonly detail: string;
  readonly fix?: string;
}
