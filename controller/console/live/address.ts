/** What came behind the hash of the address, taken away before anything else sees it. */

/** Returns what the part behind the hash holds and takes it away: it is for one look, and for nobody's history. */
function takeFromAddress(pattern: RegExp): string | null {
  const found = pattern.exec(location.hash)?.[1] ?? null;
  if (found !== null) history.replaceState(null, "", location.pathname + location.search);
  return found;
}

/** The secret of a sign-in link. */
export const linkSecret = takeFromAddress(/^#sign-in=([\w-]{16,128})$/);
/** The secret of a set-up link. */
export const setUpSecret = takeFromAddress(/^#set-up=([\w-]{16,128})$/);
/** The code by which the way back from an identity provider ended here. */
export const refusedBy = takeFromAddress(/^#sign-in-refused=(SP-\d{3})$/);
/** Of a sign-in on a device; what the page is for then, whoever is signed in here. */
export const ticket = takeFromAddress(/^#device-sign-in=([\w-]{43})$/);
/** Set where a sign-in on a device has come to its end. */
export const deviceSignedIn = takeFromAddress(/^#device-signed-in=(yes)$/);
