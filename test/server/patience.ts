/** How long a test waits for what happens soon: a busy machine may take long to come to it. */
export const patience = { timeout: 60_000, interval: 100 } as const;
