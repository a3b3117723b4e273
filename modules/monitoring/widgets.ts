import type { Series } from './series';

/** A metric as a widget names it: namespace, name, names and values of dimensions, and how it is drawn; or an expression. */
export type Drawn = readonly [...string[], Readonly<Record<string, unknown>>];

export interface Graph {
  readonly title: string;
  readonly metrics: readonly Drawn[];
  readonly periodSeconds: number;
  readonly stacked?: boolean;
  /** A line that should not be crossed, and what it is called. */
  readonly limit?: { readonly label: string; readonly value: number };
}

export interface Widget {
  readonly type: 'metric' | 'text' | 'alarm';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Units of a dashboard's grid. */
export const DASHBOARD_WIDTH = 24;
export const TEXT_HEIGHT = 2;
export const GRAPH_HEIGHT = 6;
const GRAPH_WIDTH = 6;
const PER_ROW = DASHBOARD_WIDTH / GRAPH_WIDTH;

/** A series as a widget draws it. */
export function draw(
  { namespace, metricName, dimensions, statistic }: Series,
  label: string,
  more: Readonly<Record<string, unknown>> = {},
): Drawn {
  return [namespace, metricName, ...Object.entries(dimensions).flat(), { label, stat: statistic, ...more }];
}

/** Graphs side by side, from `y` on, in as many rows as they need. */
export function graphs(y: number, region: string, all: readonly Graph[]): Widget[] {
  return all.map(({ title, metrics, periodSeconds, stacked = false, limit }, index) => ({
    type: 'metric',
    x: (index % PER_ROW) * GRAPH_WIDTH,
    y: y + Math.floor(index / PER_ROW) * GRAPH_HEIGHT,
    width: GRAPH_WIDTH,
    height: GRAPH_HEIGHT,
    properties: {
      ...{ title, region, metrics, period: periodSeconds, view: 'timeSeries', stacked },
      ...(limit && { annotations: { horizontal: [limit] } }),
    },
  }));
}

/** Markdown over the whole width. */
export function text(y: number, markdown: string): Widget {
  return { type: 'text', x: 0, y, width: DASHBOARD_WIDTH, height: TEXT_HEIGHT, properties: { markdown } };
}

/** The states of alarms, in one look. */
export function alarmStates(y: number, height: number, title: string, alarms: readonly string[]): Widget {
  return { type: 'alarm', x: 0, y, width: DASHBOARD_WIDTH, height, properties: { title, alarms } };
}
