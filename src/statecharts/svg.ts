import { allStates, type Chart, type ChartState, type ChartTransition } from './chart.ts';
import { innerLines, transitionLines } from './labels.ts';
import { type Arrow, type Box, headerHeight, type Layout, sizes } from './layout.ts';
import { style } from './style.ts';

const margin = 12;
const cornerRadius = 6;

/** Writes a placed chart as a stand-alone SVG that can also stand inline in a page. */
export function writeSvg(chart: Chart, layout: Layout): string {
  const width = layout.width + 2 * margin;
  const height = layout.height + 2 * margin;
  const box = (map: ReadonlyMap<string, Box>, id: string) => map.get(id) as Box;
  const states = allStates(chart.root);
  const body = [
    ...states.map((state) => stateElement(state, box(layout.states, state.id), state === chart.root)),
    ...[...layout.dots].map(([id, dot]) => dotElement(dot, layout.arrows.get(id))),
    ...chart.transitions.map((transition) => transitionElement(transition, layout.arrows.get(transition.id) as Arrow)),
  ];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" class="statechart" data-machine="${escapeXml(chart.root.id)}" viewBox="${-margin} ${-margin} ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>Statechart ${escapeXml(chart.name)}</title>`,
    `<style>${style}</style>`,
    `<rect class="paper" x="${-margin}" y="${-margin}" width="${width}" height="${height}"/>`,
    ...body,
    '</svg>',
  ].join('\n')}\n`;
}

/** Three decimals at most: enough, and the same on every computer. */
const px = (value: number) => String(Math.round(value * 1000) / 1000);
const place = (x: number, y: number) => `x="${px(x)}" y="${px(y)}"`;

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function rect({ x, y, width, height }: Box, inset = 0, className = ''): string {
  const size = `width="${px(width - 2 * inset)}" height="${px(height - 2 * inset)}"`;
  return `<rect${className && ` class="${className}"`} ${place(x + inset, y + inset)} ${size} rx="${8 - inset}"/>`;
}

function stateElement(state: ChartState, box: Box, isRoot: boolean): string {
  const kind = ['state', isRoot && 'root', !isRoot && state.states.length > 0 && 'composite', state.final && 'final'];
  const lines = innerLines(state);
  const centre = box.x + box.width / 2;
  const ruleY = box.y + sizes.nameLine + 3;
  const nameY = box.y + (lines.length > 0 || state.states.length > 0 ? 18 : box.height / 2 + 4.5);
  return [
    `<g class="${kind.filter(Boolean).join(' ')}" data-state="${escapeXml(state.id)}">`,
    rect(box),
    ...(state.final ? [rect(box, 3, 'inner')] : []),
    `<text class="name" ${place(centre, nameY)} text-anchor="middle">${escapeXml(state.name)}</text>`,
    ...(lines.length > 0 || state.states.length > 0 ? [rule(box, ruleY)] : []),
    ...lines.map((line, index) => innerLine(line, box, ruleY + 15 + index * sizes.line)),
    ...(lines.length > 0 && state.states.length > 0 ? [rule(box, box.y + headerHeight(state) + 3)] : []),
    '</g>',
  ].join('\n');
}

function rule({ x, width }: Box, y: number): string {
  return `<line class="rule" x1="${px(x)}" y1="${px(y)}" x2="${px(x + width)}" y2="${px(y)}"/>`;
}

function innerLine({ text, transition }: ReturnType<typeof innerLines>[number], box: Box, y: number): string {
  const at = place(box.x + sizes.padding, y);
  if (!transition) return `<text ${at}>${escapeXml(text)}</text>`;
  const id = escapeXml(transition.id);
  return `<g class="transition inner" data-transition="${id}"><text class="event" ${at}>${escapeXml(text)}</text></g>`;
}

function dotElement(dot: Box, arrow: Arrow | undefined): string {
  const circle = `<circle class="dot" cx="${px(dot.x + dot.width / 2)}" cy="${px(dot.y + dot.height / 2)}" r="${dot.width / 2}"/>`;
  return `<g class="initial">${circle}${arrow ? arrowElements(arrow) : ''}</g>`;
}

function transitionElement(transition: ChartTransition, arrow: Arrow): string {
  return [
    `<g class="transition" data-transition="${escapeXml(transition.id)}">`,
    arrowElements(arrow),
    ...(arrow.label ? [labelElement(transitionLines(transition), arrow.label)] : []),
    '</g>',
  ].join('\n');
}

function labelElement(lines: readonly string[], box: Box): string {
  const centre = px(box.x + box.width / 2);
  const texts = lines.map((line, index) => {
    const className = line.startsWith('/') ? 'actions' : 'event';
    const y = px(box.y + 12 + index * sizes.line);
    return `<text class="${className}" x="${centre}" y="${y}" text-anchor="middle">${escapeXml(line)}</text>`;
  });
  return `<g class="label">${rect(box, 1)}${texts.join('')}</g>`;
}

type Point = Arrow['points'][number];

/** A line with rounded bends, and its head. */
function arrowElements({ points }: Arrow): string {
  const last = points.at(-1) as Point;
  const before = points.at(-2) as Point;
  const angle = Math.round((Math.atan2(last.y - before.y, last.x - before.x) * 180) / Math.PI);
  const head = `<path class="head" d="M0 0L-8 -4L-8 4Z" transform="translate(${px(last.x)} ${px(last.y)}) rotate(${angle})"/>`;
  return `<path class="arrow" d="${roundedPath(points)}"/>${head}`;
}

function roundedPath(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (!before) return `M${px(point.x)} ${px(point.y)}`;
      if (!after) return `L${px(point.x)} ${px(point.y)}`;
      const from = towards(point, before);
      const to = towards(point, after);
      return `L${px(from.x)} ${px(from.y)}Q${px(point.x)} ${px(point.y)} ${px(to.x)} ${px(to.y)}`;
    })
    .join('');
}

/** The point a corner's radius away from `corner`, or half-way when the neighbour is nearer. */
function towards(corner: Point, neighbour: Point): Point {
  const distance = Math.hypot(neighbour.x - corner.x, neighbour.y - corner.y);
  const share = distance === 0 ? 0 : Math.min(cornerRadius, distance / 2) / distance;
  return { x: corner.x + (neighbour.x - corner.x) * share, y: corner.y + (neighbour.y - corner.y) * share };
}
