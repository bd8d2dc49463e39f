// The deployment's settings, from its bindings and secrets (docs/operating.md).
import { env } from 'cloudflare:workers';
import { encodeSettings } from './codec.js';

function required(name) {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

function secret(name, value) {
  if (!/^[0-9a-f]{64}$/.test(value)) throw new Error(`${name} is not 64 hexadecimal digits`);
  return Uint8Array.from(value.match(/../g), (pair) => Number.parseInt(pair, 16));
}

function operatorToken() {
  const value = env.OPERATOR_TOKEN;
  if (value && value.length < 32) throw new Error('OPERATOR_TOKEN is shorter than 32 characters');
  return value || undefined;
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
    previousMasterSecret: env.PREVIOUS_MASTER_SECRET && secret('PREVIOUS_MASTER_SECRET', env.PREVIOUS_MASTER_SECRET),
    development,
    mail: env.MAIL_ENDPOINT && {
      endpoint: env.MAIL_ENDPOINT,
      token: required('MAIL_TOKEN'),
      from: required('MAIL_FROM'),
    },
    operatorToken: operatorToken(),
  });
}
