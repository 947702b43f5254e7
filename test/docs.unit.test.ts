import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { projectFiles, root } from './support/source-files.ts';

/** What the documents name must be there. */
const documents = projectFiles().filter(({ path }) => /^(docs\/.*|[A-Z]+)\.md$/.test(path));

test('there are documents', () => {
  expect(documents.map(({ path }) => path)).toEqual(expect.arrayContaining(['README.md', 'docs/architecture.md']));
});

test.each(documents)('$path: files and folders that it names exist', ({ text }) => {
  const named = [...text.matchAll(/`((?:src|test|bench|scripts|docs|bin)\/[\w./-]+)`/g)].map(([, path = '']) => path);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test.each(documents)('$path: links lead to files of ours, and to headings that they have', ({ path, text }) => {
  const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
  const broken = links.filter(([, target = '', heading]) => {
    const file = target === '' ? path : join(dirname(path), target);
    if (!existsSync(join(root, file))) return true;
    const content = documents.find((document) => document.path === file)?.text;
    return heading !== undefined && !headings(content ?? '').includes(heading);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

test.each(documents)('$path: commands that it names exist', ({ text }) => {
  const used = [...text.matchAll(/(?:^ {4}|`)(?:npx )?sekisho ([a-z][a-z-]+)/gm)].map(([, name]) => name);
  const known = [...commands.map(({ name }) => name), 'help'];
  expect(used.filter((name) => !known.includes(name ?? ''))).toEqual([]);
});

/** Anchors of a document, as GitHub makes them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  );
}
