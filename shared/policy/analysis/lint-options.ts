/** When a policy last matched, and when it was last among those that decided; null = never on record. */
export interface Usage {
  readonly sinceAt: number;
  readonly matchedAt: number | null;
  readonly decisiveAt: number | null;
}

/** Whom policies may name, by the key of `subjects`; a kind is absent where its source is not at hand. */
export type KnownSubjects = Readonly<
  Partial<
    Record<
      "users" | "groups" | "devices" | "tags" | "serviceAccounts",
      readonly string[] | undefined
    >
  >
>;

/** What lint needs to know beside the documents. */
export interface LintOptions {
  readonly nowAt: number;
  /** When policies last matched and last decided; absent where there is no record. */
  readonly usage?: ReadonlyMap<string, Usage> | undefined;
  readonly subjects?: KnownSubjects | undefined;
  /** The names by which policies may mean whoever asks. */
  readonly author?: readonly string[] | undefined;
  /** More resources than this for everyone are too many. */
  readonly everyoneMax?: number | undefined;
}
