import type { ComponentChildren, VNode } from 'preact';
import { render } from 'preact-render-to-string';
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

/** Part of a bar; `colour` is one of the classes a to e of the style sheet. */
export interface Segment {
  readonly name: string;
  readonly value: number;
  readonly colour: 'a' | 'b' | 'c' | 'd' | 'e';
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

/** 1234567.891 → `1,234,567.9`; what was not counted → `–`. */
export function formatNumber(value: number | null): string {
  return value === null ? '–' : value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** A share in percent; a small one is never shown as none, and one that is not the whole never as the whole. */
export function formatShare(part: number, whole: number): string {
  const percent = (100 * part) / (whole || 1);
  if (percent > 0 && percent < 0.1) {
    return '< 0.1 %';
  }
  return percent > 99.9 && percent < 100 ? '> 99.9 %' : `${formatNumber(percent)} %`;
}

/** 42.13 → `42.1 s`, 3723 → `1 h 2 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 59.95) {
    return `${formatNumber(seconds)} s`;
  }
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `2013-01-01T05:04:03.210Z` → `2013-01-01 05:04:03 UTC`. */
export function formatTime(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}
