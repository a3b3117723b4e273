import type { ComponentChildren, VNode } from 'preact';
import { render } from 'preact-render-to-string';
import { formatNumber, formatShare } from './format';
import type { Counts } from './report';
import { STYLE } from './style';

// Even if a report held a script or a link to elsewhere, no browser would follow it.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** A whole HTML document that needs nothing from elsewhere. */
export function renderDocument(title: string, content: VNode): string {
  const document = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <main>{content}</main>
      </body>
    </html>
  );
  return `<!doctype html>${render(document)}`;
}

const TONES: Record<string, string> = { SUCCEEDED: 'good', FAILED: 'bad', TIMEOUT: 'bad', STOPPED: 'bad' };

/** The state of a job run, as Glue calls it. */
export function State({ state }: { state: string }) {
  return <span class={`badge ${TONES[state] ?? ''}`}>{state}</span>;
}

/** Named figures or facts, side by side. */
export function Tiles({ tiles, small }: { tiles: Readonly<Record<string, ComponentChildren>>; small?: boolean }) {
  return (
    <dl class={small ? 'tiles small' : 'tiles'}>
      {Object.entries(tiles).map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Part of a bar; `colour` is a class of the style sheet. */
export interface Segment {
  readonly name: string;
  readonly value: number;
  readonly colour: 'a' | 'b' | 'c' | 'd' | 'e' | 'failed';
}

/** A bar of segments, of which `total` would fill the width. */
export function Bar({ segments, total }: { segments: readonly Segment[]; total: number }) {
  let offset = 0;
  const rects = segments.map(({ value, colour }) => {
    const width = (100 * value) / (total || 1);
    offset += width;
    return <rect class={colour} x={offset - width} width={width} height="1" />;
  });
  return (
    <svg
      viewBox="0 0 100 1"
      preserveAspectRatio="none"
      role="img"
      aria-label={segments.map(({ name, value }) => `${name} ${formatNumber(value)}`).join(', ')}
    >
      {rects}
    </svg>
  );
}

/** What the colours of a bar mean. */
export function Legend({ segments }: { segments: readonly Pick<Segment, 'name' | 'colour'>[] }) {
  return (
    <div class="legend">
      {segments.map(({ name, colour }) => (
        <span class={colour}>{name}</span>
      ))}
    </div>
  );
}

/** Where the rows that were read went; nothing where none were counted. */
export function Balance({ counts: { read, good, quarantined, duplicates } }: { counts: Counts }) {
  if (read === null || good === null) {
    return null;
  }
  const segments: Segment[] = [
    { name: 'good', value: good, colour: 'b' },
    { name: 'quarantined', value: quarantined ?? 0, colour: 'd' },
    { name: 'duplicates', value: duplicates ?? 0, colour: 'e' },
  ];
  const shares = segments.map(({ name, value, colour }) => ({
    name: `${name} ${formatNumber(value)} (${formatShare(value, read)})`,
    colour,
  }));
  return (
    <>
      <Bar segments={segments} total={read} />
      <Legend segments={shares} />
    </>
  );
}
