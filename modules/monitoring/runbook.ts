/** The sections of docs/runbook.md that alarms send people to: the anchors of its headings. */
export const SECTIONS = [
  'this-data-is-not-right',
  'a-job-failed',
  'a-run-never-started',
  'a-workflow-is-incomplete',
  'data-is-late',
  'a-quality-rule-failed',
  'too-many-rows-are-rejected',
  'a-run-takes-too-long',
  'memory-is-short',
  'disk-is-short',
  'work-is-skewed',
  'more-dpu-hours-than-planned',
  'events-went-astray',
  'raw-files-are-not-as-they-were',
  'monitoring-is-silent',
  'copies-lag-behind',
  'copies-failed',
] as const;
export type Section = (typeof SECTIONS)[number];

/** What a person who is woken needs to read first. */
export interface Explanation {
  readonly what: string;
  /** What it means for those who read the data. */
  readonly meaning: string;
  readonly section: Section;
  /** Commands and places that say more. */
  readonly details?: string;
}

/** The runbook, at the address that an environment gives it: a path in the repository, or where its pages are published. */
export class Runbook {
  constructor(private readonly url: string) {}

  link(section: Section): string {
    return `${this.url}#${section}`;
  }

  /** The link as Markdown; a path in the repository is no address, and stands as it is. */
  markdown(section: Section): string {
    const link = this.link(section);
    return /^https?:/.test(link) ? `[${section}](${link})` : link;
  }

  /** The description of an alarm. CloudWatch takes 1,024 characters of it. */
  describe({ what, meaning, section, details }: Explanation): string {
    return [`${what}. ${meaning}.`, details, `Runbook: ${this.link(section)}`].filter(Boolean).join('\n');
  }
}
