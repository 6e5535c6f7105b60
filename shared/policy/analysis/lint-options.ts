/** When a policy last matched, and when it was last among those that decided; null = never on record. */
export interface Usage {
  readonly sinceAt: number;
  readonly matchedAt: number | null;
  readonly decisiveAt: number | null;
}

/** What lint needs to know beside the documents. */
export interface LintOptions {
  readonly nowAt: number;
  /** When policies last matched and last decided; absent where there is no record. */
  readonly usage?: ReadonlyMap<string, Usage> | undefined;
  /** Groups that exist; absent where the identity source is not at hand. */
  readonly groups?: ReadonlySet<string> | undefined;
  /** More resources than this for everyone are too many. */
  readonly everyoneMax?: number | undefined;
}
