/** Names that were refused, and when they are sent again. */
export interface RefusedReport {
  readonly names: ReadonlySet<string>;
  readonly retryAtMs: number;
  readonly waitMs: number;
}
