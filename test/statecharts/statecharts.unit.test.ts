import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { transitionId } from '../../src/machines/recording/names.ts';
import { machines } from '../../src/statecharts/machines.ts';
import { renderStatecharts } from '../../src/statecharts/render.ts';

const folder = join(import.meta.dirname, '../../docs/statecharts');
const sources = join(import.meta.dirname, '../../src/machines');
const remedy = 'the pictures are not those of the machines: run `npm run statecharts` and commit docs/statecharts';

let rendered: Map<string, string>;
beforeAll(async () => {
  rendered = await renderStatecharts();
});

function nodes(node: AnyStateNode): AnyStateNode[] {
  return [node, ...(Object.values(node.states) as AnyStateNode[]).flatMap(nodes)];
}
function transitions(machine: AnyStateMachine): AnyTransitionDefinition[] {
  return nodes(machine.root).flatMap((node) => [...[...node.transitions.values()].flat(), ...(node.always ?? [])]);
}
const attributes = (svg: string, name: string) =>
  [...svg.matchAll(new RegExp(`${name}="([^"]*)"`, 'g'))].map((match) => match[1]);

describe('docs/statecharts', () => {
  test.each(Object.keys(machines).flatMap((name) => [`${name}.svg`, `${name}.mmd`]))('%s is up to date', (file) => {
    expect(rendered.get(file) === readFileSync(join(folder, file), 'utf8'), remedy).toBe(true);
  });

  test('there is a picture of every machine and no other', () => {
    const withMachine = readdirSync(sources)
      .filter((file) => file.endsWith('.ts') && readFileSync(join(sources, file), 'utf8').includes('.createMachine('))
      .map((file) => file.replace('.ts', ''));
    expect(Object.keys(machines).sort()).toEqual(withMachine.sort());
    expect(readdirSync(folder).sort(), remedy).toEqual([...rendered.keys()].sort());
  });

  test('a second drawing gives the same bytes', async () => {
    expect([...(await renderStatecharts())]).toEqual([...rendered]);
  });
});

describe.each(Object.entries(machines))('picture of %s', (name, machine) => {
  test('every state and every transition is there exactly once, under the id that the log carries', () => {
    const svg = rendered.get(`${name}.svg`) ?? '';
    expect(attributes(svg, 'data-state').sort()).toEqual(
      nodes(machine.root)
        .map(({ id }) => id)
        .sort(),
    );
    const ids = transitions(machine).map(transitionId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(attributes(svg, 'data-transition').sort()).toEqual(ids.sort());
  });

  test('guards and actions have names', () => {
    expect(rendered.get(`${name}.svg`)).not.toContain('(inline)');
  });
});
