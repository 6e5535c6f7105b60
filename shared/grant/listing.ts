/** Returns the text whose SHA-256 both ends of a grant stream compare: `jti SP exp LF`, sorted by jti. */
export function grantListing(grants: readonly { jti: string; exp: number }[]): string {
  return [...grants]
    .sort((left, right) => (left.jti < right.jti ? -1 : 1))
    .map((grant) => `${grant.jti} ${grant.exp}\n`)
    .join("");
}
