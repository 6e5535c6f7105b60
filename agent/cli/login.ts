/** `login`: the person at this device, at a page of the controller. */
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { placesOf } from "../io/places.ts";
import { askAgent } from "./agent-client.ts";
import { clockText } from "./clock-text.ts";
import { cleaned, print, printJson, talk } from "./output.ts";
import { watchStatus } from "./status.ts";

const page = z.object({ url: z.string(), code: z.string(), until: z.string().nullable() });

/** What `login` was asked. */
export interface LoginOptions {
  readonly strength?: string;
  readonly maxAge?: number;
  readonly wait: boolean;
  readonly timeout: number;
  readonly json?: boolean;
}

/** Shows the page to sign in at, and waits until the controller says who did. */
export async function login(options: LoginOptions): Promise<number> {
  const places = placesOf(process.env);
  const { strength, maxAge } = options;
  const before = await watchStatus(places, () => true, options.timeout);
  const answer = await askAgent(places, "login", {
    ...(strength === undefined ? {} : { strength }),
    ...(maxAge === undefined ? {} : { maxAgeSeconds: Math.ceil(maxAge / 1_000) }),
  });
  const parsed = page.safeParse(answer);
  if (!parsed.success) throw new CodedError("SP-205", { kind: "login", why: "malformed" });
  const { url, code } = parsed.data;
  if (options.json === true && !options.wait) {
    printJson({ schema: "sallyport.login/1", ...parsed.data });
    return 0;
  }
  talk(`Open ${cleaned(url)}`);
  talk(`It must show the code ${cleaned(code)}; go on only then.`);
  if (!options.wait) return 0;
  const signed = await watchStatus(
    places,
    ({ session }) =>
      session?.user !== undefined && session.signedInAt !== before.session?.signedInAt,
    options.timeout,
  );
  const { user = "", until = null } = signed.session ?? {};
  if (options.json === true) printJson({ schema: "sallyport.login/1", user, until });
  else
    print(
      `Signed in as ${cleaned(user)}, until ${until === null ? "the controller ends it" : clockText(until, Date.now())}.`,
    );
  return 0;
}
