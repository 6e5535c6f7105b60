/** Text for places that show letters and nothing else: terminals and notices of the desktop. */

/**
 * Returns text without backticks, which a shell would take for a command of their own. Code at the end after a
 * colon stands bare, to be copied as it is; several words within a sentence are put into quotation marks.
 */
export function plainText(text: string): string {
  return text
    .replace(/: `([^`]+)`\.?$/, ": $1")
    .replace(/`([^`]+)`/g, (_, code: string) => (/\s/.test(code) ? `"${code}"` : code));
}
