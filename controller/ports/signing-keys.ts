/** What a signing key that netd believes may sign. */
export type SignedKind = "config" | "grant" | "lease";

/** A signing key as an administrator sees it. */
export interface SigningKeyView {
  readonly kid: string;
  readonly purpose: SignedKind;
  readonly state: "announced" | "signs" | "believed";
  readonly activeFromAt: number | null;
  readonly retiresAt: number | null;
}

/** The keys of the signer: each step is durable when it resolves. */
export interface SigningKeys {
  list(): readonly SigningKeyView[];
  /** Returns the ids of keys that verifiers must learn now; keys announced before are among them. */
  announce(purposes: readonly SignedKind[], actor: string): Promise<readonly string[]>;
  /** Lets announced keys sign what is issued from the next second on. */
  activate(ids: readonly string[], actor: string): Promise<void>;
  /** Removes the keys whose objects have all ended; returns how many. */
  forgetRetired(): Promise<number>;
  /** Infinity where no key is being replaced. */
  nextRetirementAt(): number;
}

/** Rotation of signing keys as the admin API asks for it. */
export interface KeyRotation {
  list(): readonly SigningKeyView[];
  /** Resolves when the new keys sign; nobody who is connected is cut. Rejects with SP-705 while one is under way. */
  rotate(purposes: readonly SignedKind[], actor: string): Promise<readonly SigningKeyView[]>;
  /** Brings everybody who is connected the newest trust set. */
  distribute(): Promise<void>;
}
