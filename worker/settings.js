// The deployment's settings, from its bindings and secrets (docs/operating.md).
import { env } from 'cloudflare:workers';
import { encodeSettings } from './codec.js';

function required(name) {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

/** What `read` makes of it; a variable that is empty is not set. */
function optional(name, read) {
  return env[name] ? read(env[name]) : undefined;
}

function secret(name, value) {
  if (!/^[0-9a-f]{64}$/.test(value)) throw new Error(`${name} is not 64 hexadecimal digits`);
  return Uint8Array.from(value.match(/../g), (pair) => Number.parseInt(pair, 16));
}

function operatorToken(value) {
  if (value.length < 32) throw new Error('OPERATOR_TOKEN is shorter than 32 characters');
  return value;
}

/** Loopback is let through, mail is shown instead of sent. Only ever on a machine of one's own. */
export const development = env.DEVELOPMENT === 'yes';

// RFC 6797 section 7.2: never over plain HTTP. The rules set it on what they answer.
/** What every answer over https says of how to come again. */
export const TRANSPORT = env.PUBLIC_ORIGIN?.startsWith('https://')
  ? { 'strict-transport-security': 'max-age=63072000; includeSubDomains' }
  : {};

/** `authority::Settings`, encoded. */
export function settings() {
  return encodeSettings({
    publicOrigin: required('PUBLIC_ORIGIN').replace(/\/+$/, ''),
    masterSecret: secret('MASTER_SECRET', required('MASTER_SECRET')),
    previousMasterSecret: optional('PREVIOUS_MASTER_SECRET', (value) => secret('PREVIOUS_MASTER_SECRET', value)),
    development,
    mail: optional('MAIL_ENDPOINT', (endpoint) => ({
      endpoint,
      token: required('MAIL_TOKEN'),
      from: required('MAIL_FROM'),
    })),
    operatorToken: optional('OPERATOR_TOKEN', operatorToken),
  });
}
