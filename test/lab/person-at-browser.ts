// People of the lab: a real provider of OpenID Connect on the controller's own machine, the browser
// in which somebody signs in there, and the directory that tells the controller who left.
import "../setup/localhost.ts";
import { BrowserByHand } from "../fakes/browser-by-hand.ts";
import { openProvider, type Persona, signInBy } from "../fakes/identity-provider.ts";
import { type LineRequest, serveLines, write } from "./line-server.ts";

const consoleOrigin = "http://localhost:8440";
const fromPage = { "sec-fetch-site": "same-origin", "content-type": "application/json" };

const provider = await openProvider(`${consoleOrigin}/api/v1/session/provider/callback`);

/** Goes from the page of `sallyport login` to the provider and back; tells where that ended. */
async function signIn({ url }: LineRequest): Promise<object> {
  const browser = new BrowserByHand();
  const ticket = /#device-sign-in=([\w-]{43})$/.exec(String(url))?.[1];
  const post = async (path: string) => {
    const init = { method: "POST", headers: fromPage, body: JSON.stringify({ ticket }) };
    const answer = await browser.ask(`${consoleOrigin}/api/v1${path}`, init);
    return (await answer.json()) as { code?: string; device?: string; url?: string };
  };
  const { code, device } = await post("/device-sign-ins/look");
  const { url: way = "" } = await post("/device-sign-ins");
  const callback = await browser.follow(way, (here) => here.startsWith(consoleOrigin));
  const init = { headers: { "sec-fetch-site": "cross-site" } };
  const landed = await browser.ask(callback, init);
  return { code, device, landed: landed.headers.get("location") };
}

/** Says something in SCIM, as the directory with this token. */
async function scim({ token, method, path, content }: LineRequest): Promise<object> {
  const headers = {
    authorization: `Bearer ${String(token)}`,
    "content-type": "application/scim+json",
  };
  const init = { method: String(method), headers, body: JSON.stringify(content) };
  const answer = await fetch(`${consoleOrigin}/scim/v2${String(path)}`, init);
  return { status: answer.status, body: await answer.json() };
}

serveLines({
  provider: () => ({ ...signInBy(provider.issuer) }),
  persona: ({ persona }) => {
    provider.persona = persona as Persona;
    return {};
  },
  signIn,
  scim,
});
write({ message: "listening" });
