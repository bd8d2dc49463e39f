// A closed-loop load generator over raw sockets: each connection sends its next request
// when its last answer is whole, so latencies are true and the generator stays light.
import net from 'node:net';

/** One HTTP/1.1 request as bytes. */
export function request(method, host, path, headers = {}, body = '') {
  const lines = Object.entries({ host, ...headers, 'content-length': Buffer.byteLength(body) });
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n${body}`,
  );
}

/** Splits an answer off the front of `bytes`; null while it is incomplete. */
function answer(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = bytes.subarray(0, end).toString('latin1');
  const status = Number(head.slice(9, 12));
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  if (length !== undefined) {
    const total = end + 4 + Number(length);
    return bytes.length < total ? null : { status, body: bytes.subarray(end + 4, total), total };
  }
  if (!/^transfer-encoding: *chunked/im.test(head)) return { status, body: Buffer.alloc(0), total: end + 4 };
  const parts = [];
  for (let at = end + 4; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return null;
    const size = parseInt(bytes.subarray(at, line).toString('latin1'), 16);
    if (bytes.length < line + 2 + size + 2) return null;
    if (size === 0) return { status, body: Buffer.concat(parts), total: line + 4 };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}

/**
 * Sends `next()` over `connections` until it returns null or `milliseconds` have passed.
 * Each answer goes to `seen(status, body)`, which says whether it was the wanted one.
 * @returns {Promise<{rate: number, wanted: number, other: number, p50: number, p99: number}>}
 *   answers a second, counts, and latencies in microseconds
 */
export async function load({ host, port, connections, milliseconds, next, seen }) {
  const latencies = [];
  let wanted = 0;
  let other = 0;
  const started = performance.now();
  const worker = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect({ host, port, noDelay: true });
      let pending = Buffer.alloc(0);
      let sent = 0;
      const send = () => {
        const bytes = performance.now() - started < milliseconds ? next() : null;
        if (bytes === null) {
          socket.destroy();
          return resolve();
        }
        sent = performance.now();
        socket.write(bytes);
      };
      socket.on('connect', send);
      socket.on('error', reject);
      socket.on('data', (chunk) => {
        pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
        const whole = answer(pending);
        if (!whole) return;
        latencies.push(performance.now() - sent);
        if (seen(whole.status, whole.body)) wanted++;
        else other++;
        pending = pending.subarray(whole.total);
        send();
      });
    });
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share) => Math.round(1000 * (latencies[Math.floor(latencies.length * share)] ?? NaN));
  return { rate: Math.round(latencies.length / seconds), wanted, other, p50: at(0.5), p99: at(0.99) };
}
