import bundled from 'elkjs/lib/elk.bundled.js';
import type { ElkExtendedEdge, ElkNode, ELK as Engine } from 'elkjs/lib/elk-api.js';
import { allStates, type Chart, type ChartState, type ChartTransition } from './chart.ts';
import { innerLines, transitionLines } from './labels.ts';
import { textWidth } from './text-width.ts';

// The package declares an ES default export; Node gives what the CommonJS file exports.
const ElkEngine = bundled as unknown as new () => Engine;

/** Sizes in pixels that layout and writer share. */
export const sizes = { name: 13, text: 11, nameLine: 24, line: 16, padding: 12, dot: 10 };

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
export interface Arrow {
  points: readonly { x: number; y: number }[];
  label: Box | undefined;
}

/** Where everything goes, in pixels from the upper left corner. */
export interface Layout {
  width: number;
  height: number;
  /** By state id. */
  states: ReadonlyMap<string, Box>;
  /** Initial dots, by the id of their state. */
  dots: ReadonlyMap<string, Box>;
  /** By transition id; the arrow from an initial dot has the id of the dot. */
  arrows: ReadonlyMap<string, Arrow>;
}

const options: Record<string, string> = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.spacing.nodeNode': '36',
  'elk.spacing.edgeNode': '18',
  'elk.spacing.edgeEdge': '14',
  'elk.spacing.edgeLabel': '4',
  'elk.layered.spacing.nodeNodeBetweenLayers': '30',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  // Without these two the initial state lands in the middle.
  'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
};

/** Id of the initial dot of a composite state. */
export const dotId = (state: string) => `${state}#initial`;

/** Height of what is written inside a state, its name included. */
export function headerHeight(state: ChartState): number {
  return sizes.nameLine + innerLines(state).length * sizes.line + (innerLines(state).length > 0 ? 8 : 0);
}

/** Lays a chart out with ELK's layered algorithm: nested states and the labels of edges are placed without overlap. */
export async function layOut(chart: Chart): Promise<Layout> {
  const edges = [...chart.transitions.map(transitionEdge), ...allStates(chart.root).flatMap(initialEdge)];
  // The root itself is the graph, for ELK's model order works at the outermost level only.
  const root = elkNode(chart.root);
  const placed = await new ElkEngine().layout({ ...root, edges, layoutOptions: { ...options, ...root.layoutOptions } });
  const boxes = new Map(nodesWithin(placed).map((node) => [node.id, boxOf(node)]));
  const isDot = (id: string) => id.endsWith('#initial');
  return {
    width: Math.ceil(placed.width ?? 0),
    height: Math.ceil(placed.height ?? 0),
    states: new Map([...boxes].filter(([id]) => !isDot(id))),
    dots: new Map([...boxes].filter(([id]) => isDot(id))),
    arrows: new Map((placed.edges ?? []).map((edge) => [edge.id, arrowOf(edge)])),
  };
}

function elkNode(state: ChartState): ElkNode {
  const texts = innerLines(state).map(({ text }) => textWidth(text, sizes.text));
  const width = Math.max(70, textWidth(state.name, sizes.name) * 1.08, ...texts) + 2 * sizes.padding;
  const height = headerHeight(state) + 8;
  if (state.states.length === 0) return { id: state.id, width, height };
  const dot: ElkNode = {
    id: dotId(state.id),
    width: sizes.dot,
    height: sizes.dot,
    layoutOptions: { 'elk.layered.layering.layerConstraint': 'FIRST' },
  };
  return {
    id: state.id,
    layoutOptions: {
      'elk.padding': `[top=${headerHeight(state) + 12},left=20,bottom=20,right=20]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width},${height})`,
    },
    children: [dot, ...state.states.map(elkNode)],
  };
}

function transitionEdge(transition: ChartTransition): ElkExtendedEdge {
  const lines = transitionLines(transition);
  const width = Math.max(0, ...lines.map((line) => textWidth(line, sizes.text))) + 8;
  const label = { text: lines.join(' '), width, height: lines.length * sizes.line, layoutOptions: inlineLabel };
  return {
    id: transition.id,
    sources: [transition.source],
    targets: [transition.target as string],
    ...(lines.length > 0 ? { labels: [label] } : {}),
  };
}

const inlineLabel = { 'elk.edgeLabels.inline': 'true' };

function initialEdge(state: ChartState): ElkExtendedEdge[] {
  if (state.initial === undefined) return [];
  return [{ id: dotId(state.id), sources: [dotId(state.id)], targets: [state.initial] }];
}

function nodesWithin(node: ElkNode): ElkNode[] {
  return [node, ...(node.children ?? []).flatMap(nodesWithin)];
}

function boxOf({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box {
  return { x, y, width, height };
}

function arrowOf(edge: ElkExtendedEdge): Arrow {
  const points = (edge.sections ?? []).flatMap(({ startPoint, bendPoints, endPoint }) => [
    ...[startPoint, ...(bendPoints ?? []), endPoint],
  ]);
  const label = edge.labels?.[0];
  return { points, label: label ? boxOf(label as Partial<Box>) : undefined };
}
