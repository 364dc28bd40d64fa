/**
 * What the page may load: its own code and styles, from this hub, and nothing inline. A camera may be anywhere, since its
 * address comes from the user, and a dropped file is a `blob:`. Without `upgrade-insecure-requests`, and without any header
 * that browsers take over TLS only: the hub is mostly reached by plain HTTP.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "font-src 'self'",
  "img-src 'self' data: blob: http: https:",
  "media-src 'self' blob: http: https:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const HEADERS = {
  'permissions-policy': 'camera=(self), microphone=(), geolocation=(), fullscreen=(self), picture-in-picture=(self)',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** For what is shown in a browser. @param frameAncestors who may show it in a frame: `none`, or `self` and origins */
export function securityHeaders(frameAncestors: readonly string[]): Record<string, string> {
  const sources = frameAncestors.map((source) => (source === 'none' || source === 'self' ? `'${source}'` : source));
  const frameOptions = { none: 'DENY', self: 'SAMEORIGIN' }[frameAncestors.join(' ')];

  return {
    ...HEADERS,
    'content-security-policy': `${CONTENT_SECURITY_POLICY}; frame-ancestors ${sources.join(' ')}`,
    // For browsers that do not know `frame-ancestors`; it has no words for a list of origins.
    ...(frameOptions !== undefined && { 'x-frame-options': frameOptions }),
  };
}
