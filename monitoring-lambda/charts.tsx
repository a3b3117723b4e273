import { scaleBand, scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';

/** What shapes are drawn in: they are stretched to the width and height of their place, and so hold no text. */
const WIDTH = 100;
const HEIGHT = 40;

/** A column of a chart; its tone is a class of the style sheet. */
export interface Column {
  readonly label: string;
  readonly parts: readonly { readonly name: string; readonly value: number; readonly tone: string }[];
}

/** Columns with what they show in words below, and if there is one, a line across them. */
export function Columns({
  columns,
  format,
  mark,
}: {
  readonly columns: readonly Column[];
  readonly format: (value: number) => string;
  readonly mark?: { readonly value: number; readonly label: string };
}) {
  const totals = columns.map(({ parts }) => parts.reduce((total, { value }) => total + value, 0));
  const most = Math.max(...totals, mark?.value ?? 0);
  const x = scaleBand<number>().domain(columns.keys()).range([0, WIDTH]).paddingInner(0.25);
  const y = scaleLinear()
    .domain([0, most || 1])
    .range([HEIGHT, 0]);
  const told = columns.map(({ label }, index) => `${label} ${format(totals[index]!)}`).join(', ');
  return (
    <figure class="chart">
      <div class="scale">
        <span>{format(most)}</span>
        {mark && <span class="mark">{mark.label}</span>}
      </div>
      <svg class="columns" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={told}>
        {columns.map(({ parts }, index) => {
          let below = 0;
          return parts.map(({ value, tone }) => {
            const top = y(below + value);
            const height = y(below) - top;
            below += value;
            return <rect class={tone} x={x(index)} y={top} width={x.bandwidth()} height={height} />;
          });
        })}
        {mark && <path class="mark" d={`M0 ${y(mark.value)}H${WIDTH}`} vector-effect="non-scaling-stroke" />}
      </svg>
      <div class="scale">
        <span>{columns[0]?.label}</span>
        {columns.length > 1 && <span>{columns.at(-1)!.label}</span>}
      </div>
    </figure>
  );
}

/** A small curve, without numbers. */
export function Sparkline({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  const x = scaleLinear()
    .domain([0, Math.max(1, values.length - 1)])
    .range([0, WIDTH]);
  const y = scaleLinear()
    .domain([0, Math.max(...values) || 1])
    .range([HEIGHT - 2, 2]);
  const outline = line<number>()
    .x((_, index) => x(index))
    .y((value) => y(value));
  const below = area<number>()
    .x((_, index) => x(index))
    .y0(HEIGHT)
    .y1((value) => y(value));
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path class="under" d={below([...values])!} />
      <path class="over" d={outline([...values])!} vector-effect="non-scaling-stroke" />
    </svg>
  );
}
