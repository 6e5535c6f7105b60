/** What both programs answer to `version --json`. */

/** Returns the answer as one object. */
export function versionAnswer(version: string) {
  return { schema: "sallyport.version/1", version } as const;
}
