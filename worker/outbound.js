// The one way out: https and public addresses only, no redirects, bounded time and size.
//
// A name that resolves to a private address is stopped below this: Workers reach the public
// internet only, and the local configuration lets `workerd` reach no more unless development
// is on.
import { development } from './settings.js';
import { encodeFetched } from './codec.js';

const TIME_LIMIT = 10_000;
const SIZE_LIMIT = 256 * 1024;
/** The variants of `authority::FetchFailure`. */
const FAILURE = { forbidden: 0, unreachable: 1, timedOut: 2, tooLarge: 3 };

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
// RFC 6761 and RFC 8375: names that are nobody's on the public internet.
const PRIVATE_NAME = /(^|\.)(localhost|local|internal|home\.arpa|lan|test|invalid|onion)\.?$/;

/** Whether a request may go to `url`. */
export function allowed(url, { development }) {
  if (url.username || url.password) return false;
  const host = url.hostname;
  if (development && LOOPBACK.test(host)) return /^https?:$/.test(url.protocol);
  if (url.protocol !== 'https:' || PRIVATE_NAME.test(host)) return false;
  // No addresses at all: whoever is to be reached has a name and a certificate for it. The URL
  // parser has brought every spelling of an IPv4 address to four decimal numbers.
  return !host.startsWith('[') && !/^[\d.]+$/.test(host) && host.includes('.');
}

/** Sends what a rule asks for; what comes of it is the rule's to judge. */
export async function send({ method, url, headers, body }) {
  let target;
  try {
    target = new URL(url);
  } catch {
    return encodeFetched({ failure: FAILURE.forbidden });
  }
  if (!allowed(target, { development })) return encodeFetched({ failure: FAILURE.forbidden });
  const signal = AbortSignal.timeout(TIME_LIMIT);
  try {
    const response = await fetch(target, {
      method,
      headers,
      body: body.length ? body : undefined,
      redirect: 'manual',
      signal,
    });
    const answer = await readBounded(response.body, SIZE_LIMIT);
    return encodeFetched(
      answer === null
        ? { failure: FAILURE.tooLarge }
        : { status: response.status, body: answer },
    );
  } catch (error) {
    const timedOut = signal.aborted || error?.name === 'TimeoutError';
    return encodeFetched({ failure: timedOut ? FAILURE.timedOut : FAILURE.unreachable });
  }
}

/** A stream's bytes, or null where there are more than `limit`. */
export async function readBounded(stream, limit) {
  if (!stream) return new Uint8Array(0);
  const chunks = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.byteLength;
    if (length > limit) return null;
    chunks.push(chunk);
  }
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
