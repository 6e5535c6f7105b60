// What a browser does with redirects and cookies, by hand: it goes where it is sent.

type Jar = Map<string, Map<string, string>>;

/** A browser without pages. */
export class BrowserByHand {
  readonly #jar: Jar = new Map();

  /** The cookies for an address, as the header holds them. */
  cookies(url: string): string {
    const held = this.#jar.get(new URL(url).host) ?? new Map<string, string>();
    return [...held].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Asks once and keeps what it is given. */
  async ask(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookie = this.cookies(url);
    if (cookie !== "") headers.set("cookie", cookie);
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.#keep(new URL(url).host, line);
    return response;
  }

  /** Follows redirects from `url` until one leads to `stop` or there is none; returns the last address. */
  async follow(url: string, stop: (url: string) => boolean): Promise<string> {
    let here = url;
    for (let hops = 0; hops < 20 && !stop(here); hops++) {
      const next = (await this.ask(here)).headers.get("location");
      if (next === null) return here;
      here = new URL(next, here).href;
    }
    return here;
  }

  #keep(host: string, line: string): void {
    const [pair = "", ...traits] = line.split("; ");
    const at = pair.indexOf("=");
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const held = this.#jar.get(host) ?? new Map<string, string>();
    if (traits.includes("Max-Age=0") || value === "") held.delete(name);
    else held.set(name, value);
    this.#jar.set(host, held);
  }
}
