const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const codes = new Uint8Array([...alphabet].map((c) => c.charCodeAt(0)))

/** base64url without padding (RFC 4648 section 5). */
export function encode(bytes: Uint8Array): string {
  let text = ''
  let i = 0
  for (; i + 2 < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!
    text += String.fromCharCode(codes[group >> 18]!, codes[(group >> 12) & 63]!, codes[(group >> 6) & 63]!, codes[group & 63]!)
  }
  if (i + 1 === bytes.length) {
    text += alphabet[bytes[i]! >> 2]! + alphabet[(bytes[i]! & 3) << 4]!
  } else if (i + 2 === bytes.length) {
    const group = (bytes[i]! << 8) | bytes[i + 1]!
    text += alphabet[group >> 10]! + alphabet[(group >> 4) & 63]! + alphabet[(group & 15) << 2]!
  }
  return text
}
