/** A failure as the API shows it. */
export interface ShownError {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly fix: string;
}

/** Returns whether the last config is in force as a whole, in one line. */
export function configProblemText(shown: {
  readonly connected: boolean;
  readonly configErrors: readonly ShownError[];
}): string {
  const [first] = shown.configErrors;
  if (first !== undefined) return `${first.title} (${first.code}): ${first.detail}; ${first.fix}`;
  return shown.connected ? "no failure told" : "not known while it is away";
}
