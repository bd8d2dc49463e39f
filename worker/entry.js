// The front: any edge node. It holds no state; it reads the request, lets the rules say who
// answers, and hands the request over to the account that does.
import { WORK, REPLY, decodeResponse, encodeRequest, join } from './codec.js';
import { step, tidy } from './memory.js';
import { asset } from './assets.js';
import { askPlace, newInput, untilDone } from './run.js';
import { readBounded } from './outbound.js';
import { TRANSPORT } from './settings.js';

export { Account, Directory, Keyring, Mailbox } from './object.js';

/** `doors::Request::BODY_LIMIT`. */
const BODY_LIMIT = 1024 * 1024;
const TARGET_LIMIT = 16 * 1024;

/** The headers that a door may read. No other reaches the rules, a log or an error. */
const HEADERS = [
  'accept',
  'accept-language',
  'authorization',
  'content-type',
  'cookie',
  'host',
  'idempotency-key',
  'if-none-match',
  'origin',
  'referer',
  'sec-fetch-mode',
  'sec-fetch-site',
  'user-agent',
  'x-agent-id',
  'x-api-key',
  'x-session-token',
];

const NO_BODY = new Uint8Array(0);

export default {
  async fetch(request, _env, _context) {
    try {
      const url = new URL(request.url);
      return (await (asset(request, url) ?? answer(request, url)));
    } catch (error) {
      // A `Host` that is none: whoever sent it is to blame.
      if (!URL.canParse(request.url)) return refuse(400, 'invalid host');
      console.error(error);
      return refuse(500, 'internal error');
    }
  },
};

async function answer(request, url) {
  if (url.pathname.length + url.search.length > TARGET_LIMIT) return refuse(414, 'URI too long');
  let body;
  try {
    body = await readBody(request);
  } catch {
    // It broke off, or was no body of HTTP: whoever sent it is to blame.
    return refuse(400, 'incomplete body');
  }
  const message = encodeRequest({
    method: request.method,
    path: url.pathname,
    query: url.search.slice(1),
    headers: wanted(request.headers),
    body,
    client: client(request),
  });
  const head = request.method === 'HEAD';
  try {
    const input = newInput();
    const { response, place } = await untilDone(input, () => {
      const output = step(input, [WORK.front, message]);
      // What was read is good until the next run only, and that may be another request's.
      if (output.reply === REPLY.respond) output.response = finish(output.bytes, head);
      return output;
    });
    if (response) return response;
    return finish(await askPlace(place, join(WORK.handedOver, place.bytes, message)), head);
  } catch (error) {
    console.error(error);
    return finish(step(newInput(), [WORK.apology, message]).bytes, head);
  }
}

function finish(reply, head) {
  const rendered = render(decodeResponse(reply), head);
  tidy();
  return rendered;
}

function wanted(headers) {
  const found = [];
  for (const name of HEADERS) {
    const value = headers.get(name);
    if (value !== null) found.push([name, value]);
  }
  return found;
}

async function readBody(request) {
  const length = request.headers.get('content-length');
  if (length === null) {
    if (request.body === null) return NO_BODY;
    return (await readBounded(request.body, BODY_LIMIT)) ?? tooLong();
  }
  // The runtime delivers no more than `Content-Length` says.
  return Number(length) <= BODY_LIMIT ? new Uint8Array(await request.arrayBuffer()) : tooLong();
}

/** Stands for any body that is too long: the door refuses it in the form of its protocol. */
function tooLong() {
  return new Uint8Array(BODY_LIMIT + 1);
}

/** Who is at the other end, as the network says: it overwrites what a client sends. */
function client(request) {
  const { cf } = request;
  return {
    address: request.headers.get('cf-connecting-ip') ?? '127.0.0.1',
    country: cf?.country ?? '',
    region: cf?.regionCode ?? '',
  };
}

function render({ status, headers, body }, head) {
  const bodiless = head || status === 204 || status === 304;
  // A copy: the view is on memory that the next run writes to.
  const response = new Response(bodiless ? null : body.slice(), { status });
  // One by one costs half of what a list of pairs does.
  for (const [name, value] of headers) response.headers.append(name, value);
  return response;
}

/** What is refused before any door has seen it. */
function refuse(status, error) {
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...TRANSPORT };
  return Response.json({ error }, { status, headers });
}
