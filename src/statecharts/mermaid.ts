import type { Chart, ChartState, ChartTransition } from './chart.ts';
import { innerLines, transitionLines } from './labels.ts';

/** Writes a chart in Mermaid's text form, which Git hosts draw. It knows no ids of transitions: the SVG is for live views. */
export function writeMermaid(chart: Chart): string {
  const lines = [
    'stateDiagram-v2',
    ...chart.root.states.flatMap((state) => declaration(state, 1)),
    ...initial(chart.root, 1),
    ...chart.root.states.filter(({ final }) => final).map((state) => indent(1, `${key(state.id)} --> [*]`)),
    ...note(chart.root, 1),
    ...chart.transitions.map(arrow),
  ];
  return `${lines.join('\n')}\n`;
}

const indent = (depth: number, text: string) => `${'  '.repeat(depth)}${text}`;
const key = (id: string) => id.replaceAll(/\W/g, '_');
/** A colon ends a label, and a semicolon the statement. */
const plain = (text: string) => text.replaceAll(/[:;]/g, ',');

// All states are declared before `[*] -->`, or their names get lost.
function declaration(state: ChartState, depth: number): string[] {
  const head = `state "${state.name}" as ${key(state.id)}`;
  if (state.states.length === 0) return [indent(depth, head), ...note(state, depth)];
  return [
    indent(depth, `${head} {`),
    ...state.states.flatMap((child) => declaration(child, depth + 1)),
    ...initial(state, depth + 1),
    indent(depth, '}'),
    ...note(state, depth),
  ];
}

function initial(state: ChartState, depth: number): string[] {
  return state.initial === undefined ? [] : [indent(depth, `[*] --> ${key(state.initial)}`)];
}

function note(state: ChartState, depth: number): string[] {
  const lines = innerLines(state).map(({ text }) => plain(text));
  if (lines.length === 0) return [];
  // The machine as a whole has no box to write in: its first state gets the note.
  const owner = state.id.includes('.') ? state.id : (state.initial ?? state.id);
  return [indent(depth, `note right of ${key(owner)} : ${lines.join('<br/>')}`)];
}

function arrow(transition: ChartTransition): string {
  const label = plain(transitionLines(transition).join(' '));
  return indent(1, `${key(transition.source)} --> ${key(transition.target ?? '')}${label && ` : ${label}`}`);
}
