// Responses of the page's server, all with its security headers.
import type { Refusal } from "../wire/session.ts";

/**
 * Only the page's own files are loaded and run. The terminal and the charts set style attributes; the bundler writes the
 * typefaces and small pictures into the style sheet.
 * Source: CSP level 3.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function secure(headers: Headers): Headers {
  headers.set("content-security-policy", CONTENT_SECURITY_POLICY);
  headers.set("x-content-type-options", "nosniff");
  headers.set("x-frame-options", "DENY");
  headers.set("referrer-policy", "no-referrer");
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-resource-policy", "same-origin");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  return headers;
}

export function json(value: unknown, options: { status?: number; headers?: Record<string, string> } = {}): Response {
  const headers = secure(new Headers({ "content-type": "application/json", ...options.headers }));
  return new Response(JSON.stringify(value), { status: options.status ?? 200, headers });
}

export function refusal(status: number, message: string): Response {
  return json({ message } satisfies Refusal, { status });
}
