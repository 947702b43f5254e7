/** System events in the words of the specification (smart-scan.md sections 4 and 5). */

/** A server was cached as invalid. @param host of the server; @param seconds how long it is not asked */
export function unavailableText(host: string, seconds: number): string {
  return `Smart Protection Serverのファイルレピュテーションサービス (${host}) が${seconds}秒間利用できません。`;
}

/** The search method has switched from smart to conventional. */
export const failoverText = '従来型スキャンへのフェイルオーバー';
