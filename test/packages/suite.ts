// The Debian that the machines are: `npm run test:packages -- --suite trixie`.

/** Name of the suite, by the environment that main.ts sets. */
export const suite = process.env["SALLYPORT_TEST_SUITE"] ?? "bookworm";
