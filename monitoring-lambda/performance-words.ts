import { formatNumber, formatSeconds, formatShare } from './format';
import type { FigureName } from './performance';

/** How the figures of a run are called and written. */
export const COMPARED: Record<FigureName, { readonly title: string; readonly format: (value: number) => string }> = {
  seconds: { title: 'Duration', format: formatSeconds },
  rowsPerSecond: { title: 'Rows per second', format: (value) => formatNumber(Math.round(value)) },
  dpuHours: { title: 'DPU-hours', format: (value) => value.toFixed(2) },
  heapPercent: { title: 'Heap in use, highest', format: (value) => `${value.toFixed(0)} %` },
  skew: { title: 'Skewness of tasks', format: (value) => value.toFixed(1) },
  utilization: { title: 'Workers at work', format: (value) => formatShare(value, 1) },
};
