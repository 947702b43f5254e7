const secretName = /pass(word|phrase)?$|secret|token|credential|authori[sz]ation|cookie|api_?key|private_?key/i;

/** True when a field of this name must never show its value (invariant 9). */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** The text without user and password in URLs and without the value of an Authorization or API key field. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/gi, '$1***@')
    .replace(
      /\b(authorization|proxy-authorization|x-apikey|apikey|auth-key|cookie)(["']?\s*[:=]\s*)[^\r\n]+/gi,
      '$1$2***',
    )
    .replace(/\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}/gi, '$1 ***');
}
