/** Levels from the least to the most talkative. */
export const logLevels = ["error", "warn", "info", "debug"] as const;

/** Level of the service log. */
export type LogLevel = (typeof logLevels)[number];
