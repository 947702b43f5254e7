import { layOut } from './layout.ts';
import { machines } from './machines.ts';
import { writeMermaid } from './mermaid.ts';
import { writeSvg } from './svg.ts';
import { walk } from './walk.ts';

/** All pictures, by file name in docs/statecharts. */
export async function renderStatecharts(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const [name, machine] of Object.entries(machines)) {
    const chart = walk(name, machine);
    files.set(`${name}.svg`, writeSvg(chart, await layOut(chart)));
    files.set(`${name}.mmd`, writeMermaid(chart));
  }
  return files;
}
