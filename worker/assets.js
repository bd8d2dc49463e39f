// Static files: styles, scripts, pictures. Only what the build listed is served, under
// `/assets/`, with a validator; everything else is the rules' to answer.
import { env } from 'cloudflare:workers';
import { TRANSPORT } from './settings.js';
import listing from './listing.json';

const HEADERS = {
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  ...TRANSPORT,
};

/** The file that `url` names, in a while; undefined at once where there is none. */
export function asset(request, url) {
  if (!Object.hasOwn(listing, url.pathname)) return;
  if (request.method === 'GET' || request.method === 'HEAD') {
    return serve(request, url, listing[url.pathname]);
  }
}

async function serve(request, url, entry) {
  const headers = {
    ...HEADERS,
    'content-type': entry.type,
    etag: entry.tag,
    // A page asks for a file by its version, which names one content for ever.
    'cache-control': url.searchParams.has('v')
      ? 'public, max-age=31536000, immutable'
      : 'public, max-age=300',
  };
  // RFC 9110 section 13.1.2: a list of validators, or any.
  const known = (request.headers.get('if-none-match') ?? '').split(',').map((tag) => tag.trim());
  if (known.includes(entry.tag) || known.includes(`W/${entry.tag}`)) {
    return new Response(null, { status: 304, headers });
  }
  const file = await env.ASSETS.fetch(new Request(`http://assets${url.pathname}`));
  if (!file.ok) throw new Error(`${url.pathname} is listed but not there`);
  return new Response(request.method === 'HEAD' ? null : file.body, { headers });
}
