// The encoding of logins in config.json: "user:password" in base64.

/** @throws Error in Docker's words when the text is invalid */
export function decodeLogin(auth: string): { username: string; password: string } {
  const [wrong] = /[^A-Za-z0-9+/=\r\n]|(?<==)[^=\r\n]/.exec(auth) ?? [];
  if (wrong !== undefined) throw new Error(`illegal base64 data at input byte ${auth.indexOf(wrong)}`);
  const text = Buffer.from(auth, "base64").toString();
  const colon = text.indexOf(":");
  if (colon < 0) throw new Error("Invalid auth configuration file");
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/^\0+|\0+$/g, "") };
}

export function encodeLogin(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString("base64");
}
