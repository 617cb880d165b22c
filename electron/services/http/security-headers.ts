/** Headers of every response. The page may load only itself: no outside origin, no inline or evaluated script. */

/**
 * @param url the page's own address; on http the matching WebSocket origin is named, because not every browser counts it
 * as 'self'.
 */
function pagePolicy(url: URL): string {
  const socket = url.protocol === 'http:' ? ` ws://${url.host}` : '';
  return [
    "default-src 'none'",
    // WebAssembly, not eval: SoundFonts of kind SF3 hold Vorbis, which a worklet can decode in no other way.
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    // Svelte writes style attributes; they cannot run code.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "font-src 'self' data:",
    "media-src 'self' blob:",
    `connect-src 'self'${socket}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
}

/** What is not the page never acts as one, even when opened by its address. */
const dataPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function withSecurityHeaders(response: Response, url: URL): Response {
  const { headers } = response;
  // Workers take their policy from their own script's response, so scripts carry the page's too.
  const isPage = /^text\/(?:html|javascript)/.test(headers.get('Content-Type') ?? '');
  // The headers of a 304 replace those of the copy the browser holds: its policy must stay the one it came with.
  if (response.status !== 304) headers.set('Content-Security-Policy', isPage ? pagePolicy(url) : dataPolicy);
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('X-Frame-Options', 'DENY');
  headers.set('Referrer-Policy', 'no-referrer');
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  return response;
}
