/** SHA-256 as lower-case hexadecimal, computed off the main thread: components have many megabytes. */
export async function sha256Hex(content: Buffer): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', content as Buffer<ArrayBuffer>)).toString('hex');
}
