import type { Language } from '../language.ts';

/** How a log is shown. */
export const formats = ['table', 'json', 'csv'] as const;
export type Format = (typeof formats)[number];

/** Texts with their line ends, made bit by bit. What came from outside is escaped in them. */
export type LogFormat<Item> = (items: Iterable<Item>, language: Language) => Iterable<string>;
export type LogFormats<Item> = Readonly<Record<Format, LogFormat<Item>>>;
