// Login through Keycloak: authorization code with PKCE. Tokens live in memory only.

const PENDING = "hub.login";
const AGAIN = "hub.again";
const EARLY_SECONDS = 30;

/** Something that the reader has to be told. `again`: whether a new login may help. */
export class Trouble extends Error {
  constructor(title, words, { again = false } = {}) {
    super(words);
    this.title = title;
    this.again = again;
  }
}

export class Login {
  #config;
  #tokens = null;
  #timer = 0;

  /** `config` is what config.json says: issuer and client. */
  constructor(config) {
    this.#config = config;
  }

  /** True with tokens; false once the browser is on its way to the login page. Throws Trouble. */
  async enter() {
    const back = new URLSearchParams(location.search);
    if (!back.has("state")) return this.leave();
    history.replaceState(null, "", location.pathname);
    const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
    sessionStorage.removeItem(PENDING);
    if (back.has("error")) {
      throw new Trouble("Not logged in", `The login service said: ${back.get("error_description") ?? back.get("error")}`);
    }
    if (pending === null || pending.state !== back.get("state")) return this.again("The login was not begun here.");
    await this.#exchange({
      grant_type: "authorization_code",
      code: back.get("code"),
      code_verifier: pending.verifier,
      redirect_uri: home(),
    });
    return true;
  }

  /** Go to the login page. Gives false. */
  async leave() {
    const verifier = random(48);
    const state = random(16);
    sessionStorage.setItem(PENDING, JSON.stringify({ verifier, state }));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    location.assign(this.#url("auth", {
      response_type: "code",
      client_id: this.#config.client,
      redirect_uri: home(),
      scope: "openid",
      state,
      nonce: random(16),
      code_challenge: base64url(new Uint8Array(digest)),
      code_challenge_method: "S256",
    }));
    return false;
  }

  /** Log in once more, the first time that it is asked for; Trouble the second time, so that nothing goes round. */
  async again(why) {
    if (sessionStorage.getItem(AGAIN)) {
      sessionStorage.removeItem(AGAIN);
      throw new Trouble("Not let in", `${why} Logging in again did not help.`);
    }
    sessionStorage.setItem(AGAIN, "1");
    return this.leave();
  }

  /** Said once the session has been accepted: a later refusal may be answered by a login again. */
  accepted() {
    sessionStorage.removeItem(AGAIN);
  }

  /** The access token, to be shown as `Authorization: Bearer`. */
  get token() {
    return this.#tokens.access_token;
  }

  /** End the session here and at Keycloak. */
  logout() {
    const hint = this.#tokens?.id_token;
    this.#tokens = null;
    clearTimeout(this.#timer);
    location.assign(this.#url("logout", {
      ...(hint ? { id_token_hint: hint } : {}),
      client_id: this.#config.client,
      post_logout_redirect_uri: home(),
    }));
  }

  async #exchange(form) {
    const body = new URLSearchParams({ client_id: this.#config.client, ...form });
    let answer;
    try {
      answer = await fetch(this.#url("token"), { method: "POST", body, signal: AbortSignal.timeout(10_000) });
    } catch {
      throw new Trouble("Not logged in", "The login service does not answer.");
    }
    const content = await answer.json().catch(() => ({}));
    if (!answer.ok || !content.access_token) {
      throw new Trouble("Not logged in", `The login service gave no token: ${content.error ?? answer.status}`);
    }
    this.#tokens = content;
    this.#refreshLater(content);
  }

  #refreshLater({ expires_in: seconds, refresh_token: token }) {
    if (!token) return;
    const wait = Math.max(5, seconds - EARLY_SECONDS);
    this.#timer = setTimeout(async () => {
      try {
        await this.#exchange({ grant_type: "refresh_token", refresh_token: token });
      } catch {
        // The next request is refused then, and that leads to a login.
      }
    }, wait * 1000);
  }

  #url(end, query = {}) {
    const url = new URL(`${this.#config.issuer}/protocol/openid-connect/${end}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.href;
  }
}

/** The page's own address, to which the login comes back. */
function home() {
  return location.origin + location.pathname;
}

function random(bytes) {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
