import { compare, type Estimate } from '../../modules/cost/estimate';
import { changes, physicalName, type Change, type Kind, type Plan } from '../guard/plan';
import { describe, type Verdict } from '../guard/rules';
import type { Origin } from './origin';

/** More lines than a reader takes in: the Markdown folds them, the terminal names the rest by number. */
const LINES = 12;

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

export interface Summarized {
  readonly plan: Plan;
  readonly origin: Origin;
  readonly verdict: Verdict;
  /** What is deployed is estimated to cost; undefined before the first deployment. */
  readonly deployed?: Estimate;
}

const TITLES: Record<Kind, string> = { replace: 'Replaced', destroy: 'Destroyed', change: 'Changed', add: 'Added' };

/** What a reader of a plan wants to know, the gravest first; a section that has nothing to say is left out. */
export function summarize({ plan, origin, verdict, deployed }: Summarized): Section[] {
  const all = changes(plan);
  const of = (kind: Kind) => all.filter((each) => each.kind === kind).map(({ change }) => change);
  const atRisk = [...verdict.refused, ...verdict.acknowledged].filter(({ rule }) => rule === 'data-loss');
  const sections = [
    { title: 'Refused by the guard', lines: verdict.refused.map(describe) },
    { title: 'Data at risk', lines: atRisk.map(({ address, text }) => `${address} ${text}`) },
    { title: 'Acknowledged', lines: verdict.acknowledged.map(describe) },
    { title: TITLES.replace, lines: of('replace').map((change) => `${named(change)} because of ${reasons(change)}`) },
    { title: TITLES.destroy, lines: of('destroy').map(named) },
    { title: TITLES.change, lines: of('change').map((change) => `${named(change)}: ${changed(change).join(', ')}`) },
    { title: TITLES.add, lines: of('add').map(named) },
    { title: 'New in this environment, for you to know', lines: verdict.initial.map(describe) },
    { title: 'Cost a month', lines: costs(origin.estimate, deployed) },
  ];
  return sections.filter(({ lines }) => lines.length > 0);
}

/** The one line that stands above everything. */
export function headline({ plan, origin }: Summarized): string {
  const count = (kind: Kind) => changes(plan).filter((each) => each.kind === kind).length;
  const counts = `${count('add')} to add, ${count('change')} to change, ${count('replace')} to replace, ${count('destroy')} to destroy`;
  return `${origin.environment} in ${origin.region}: ${counts}`;
}

export function toText(summarized: Summarized): string {
  const sections = summarize(summarized).map(({ title, lines }) => {
    const rest = lines.length - LINES;
    const shown = rest > 1 ? [...lines.slice(0, LINES), `… and ${rest} more`] : lines;
    return [`${title} (${lines.length})`, ...shown.map((line) => `  ${line}`)].join('\n');
  });
  return [headline(summarized), ...sections].join('\n\n');
}

export function toMarkdown(summarized: Summarized): string {
  const { commit, madeAt } = summarized.origin;
  const sections = summarize(summarized).map(({ title, lines }) => {
    const items = lines.map((line) => `- ${inMarkdown(line)}`).join('\n');
    if (lines.length <= LINES) return `### ${title}\n\n${items}`;
    return `<details><summary><b>${title}</b> (${lines.length})</summary>\n\n${items}\n\n</details>`;
  });
  return [`## Plan for ${headline(summarized)}`, `Commit \`${commit}\`, ${madeAt}`, ...sections, ''].join('\n\n');
}

/** Addresses of resources as code, and nothing else that Markdown would take for its own. */
function inMarkdown(line: string): string {
  const [, address = '', rest = ''] = /^((?:\w+\.){1,2}[\w-]+)?(.*)$/.exec(line) ?? [];
  return (address && `\`${address}\``) + rest.replace(/[<>*_|`]/g, '\\$&');
}

function named(change: Change): string {
  const name = physicalName(change);
  return name === change.name ? change.address : `${change.address} (${name})`;
}

/** The arguments that cannot be changed in place. */
function reasons({ change: { replace_paths = [] } }: Change): string {
  return [...new Set(replace_paths.map(([name]) => String(name)))].join(', ') || 'a request';
}

function changed({ change: { before, after, after_unknown } }: Change): string[] {
  const names = [...new Set([...Object.keys(after ?? {}), ...Object.keys(after_unknown)])].sort();
  return names.filter((name) => isUnknown(after_unknown[name]) || !isEqual(before?.[name], after?.[name]));
}

/** `after_unknown` has a tree of what is not known yet; `false`, `[]` and `{}` in it say that all is. */
function isUnknown(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.values(value).some(isUnknown) : value === true;
}

function isEqual(left: unknown, right: unknown): boolean {
  return JSON.stringify(left ?? null) === JSON.stringify(right ?? null);
}

function costs(now: Estimate, deployed: Estimate | undefined): string[] {
  const usd = (value: number) => `${value < 0 ? '-' : ''}$${Math.abs(value).toFixed(2)}`;
  const signed = (value: number) => `${value < 0 ? '' : '+'}${usd(value)}`;
  const total = `${usd(now.usd)}, after ${now.months} months of data`;
  if (deployed === undefined) return [`${total}; nothing is deployed yet`];
  const items = compare(deployed, now).map(
    ({ service, item, beforeUsd, afterUsd }) => `${service}: ${item} ${signed(afterUsd - beforeUsd)}`,
  );
  return [`${total}; ${signed(now.usd - deployed.usd)} to what is deployed`, ...items];
}
