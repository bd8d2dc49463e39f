// The private keys, in SubtleCrypto, without a way to export them; and the public ones.
//
// An isolate keeps the keys for as long as the rules go on without asking for them again: a
// minute. Requests that find none fetch them each for itself, as one must not wait for what was
// begun for another, and the last answer wins.
import { decodeOpenedKeys, encodeGeneratedKey } from './codec.js';
import { installKeyring } from './memory.js';

/** The variants of `authority::Algorithm`. */
const ALGORITHMS = [
  {
    importing: { name: 'ECDSA', namedCurve: 'P-256' },
    signing: { name: 'ECDSA', hash: 'SHA-256' },
    members: ({ crv, kty, x, y }) => ({ crv, kty, x, y }),
  },
  {
    importing: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    signing: { name: 'RSASSA-PKCS1-v1_5' },
    making: { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
    members: ({ e, kty, n }) => ({ e, kty, n }),
  },
];

/** Key id to key; and those of the last keyring, for requests that began with it. */
let keys = new Map();
let lastKeys = new Map();

/** Takes what the keyring's place replied at `fetchedAt`. */
export async function install(reply, fetchedAt) {
  const fresh = new Map();
  for (const { keyId, algorithm, pkcs8 } of decodeOpenedKeys(installKeyring(reply, fetchedAt))) {
    const { importing, signing } = ALGORITHMS[algorithm];
    const known = keys.get(keyId);
    const key =
      known?.key ?? (await crypto.subtle.importKey('pkcs8', pkcs8, importing, false, ['sign']));
    fresh.set(keyId, { key, signing });
  }
  if ([...fresh.keys()].some((keyId) => !keys.has(keyId))) {
    lastKeys = keys;
    keys = fresh;
  }
}

/** Whether this isolate can sign with that key. */
export function has(keyId) {
  return keys.has(keyId) || lastKeys.has(keyId);
}

export async function sign(keyId, message) {
  const found = keys.get(keyId) ?? lastKeys.get(keyId);
  if (!found) throw new Error('a rule asked for a key that the keyring does not have');
  return new Uint8Array(await crypto.subtle.sign(found.signing, found.key, message));
}

/** A fresh pair as `authority::GeneratedKey`. */
export async function generate(algorithm) {
  const { importing, making, members } = ALGORITHMS[algorithm];
  const pair = await crypto.subtle.generateKey({ ...importing, ...making }, true, [
    'sign',
    'verify',
  ]);
  const [jwk, pkcs8] = await Promise.all([
    crypto.subtle.exportKey('jwk', pair.publicKey),
    crypto.subtle.exportKey('pkcs8', pair.privateKey),
  ]);
  // RFC 7638 section 3: the required members, in lexicographic order.
  return encodeGeneratedKey(JSON.stringify(members(jwk)), new Uint8Array(pkcs8));
}
