import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target';
import { CloudwatchLogMetricFilter } from '@cdktf/provider-aws/lib/cloudwatch-log-metric-filter';
import { Construct } from 'constructs';
import type { Naming } from '../naming';
import { createAlarm, type AlarmContext } from './alarm';

export interface SchemaChangeProps extends AlarmContext {
  readonly naming: Naming;
  /** Name of the log group of the crawlers. */
  readonly crawlerLogGroup: string;
}

/** Counts of a crawl, as texts, that are more than 0 where it found other than new folders like those before. */
const CHANGES = ['tablesUpdated', 'tablesDeleted', 'partitionsUpdated', 'partitionsDeleted'];
/** What a crawler's lines begin with that say no more than how far it is, and which new folders it took in. */
const PROGRESS = ['Crawler', 'Created', 'Run', 'ADD*'];
const METRIC = 'CrawlerFindings';
const PERIOD_SECONDS = 300;
const MEANING = 'Jobs go on; what they cannot read as the contract says is in quarantine, and consumers miss it';
const SECTION = 'raw-files-are-not-as-they-were';

/**
 * Tells the operator that raw files are not as they were. A crawler that finds a schema it does not know leaves the files
 * out of the catalog, and says so in its log alone; so each line of it is reported that is not known to be harmless. What
 * its outcome counts, that it failed, and that somebody else changes a table of raw files, are events.
 *
 * Source: AWS Glue developer guide, "Scheduling incremental crawls for adding new partitions" and "Automating AWS Glue with
 * EventBridge".
 */
export class SchemaChange extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: SchemaChangeProps,
  ) {
    super(scope, id);
    const { naming } = props;
    this.forward('crawl', {
      description: 'A crawler of raw files failed, or found other than new folders',
      detailType: 'Glue Crawler State Change',
      detail: {
        crawlerName: [{ prefix: naming.resource('raw-') }],
        $or: [{ state: ['Failed'] }, ...CHANGES.map((count) => ({ [count]: [{ 'anything-but': ['0'] }] }))],
      },
      paths: { crawler: '$.detail.crawlerName', state: '$.detail.state', log: '$.detail.cloudWatchLogLink' },
      what: 'Crawler <crawler> (<state>) found raw files that are not as they were, or failed; its log: <log>',
    });
    this.forward('raw-table', {
      description: 'A table of raw files was changed',
      detailType: 'Glue Data Catalog Table State Change',
      detail: { databaseName: [naming.database('raw')], typeOfChange: ['UpdateTable'] },
      paths: { database: '$.detail.databaseName', table: '$.detail.tableName', change: '$.detail.typeOfChange' },
      what: 'Table <table> of <database> was changed (<change>), which crawlers do not do',
    });
    this.alarmOnLog();
  }

  private forward(
    id: string,
    event: {
      readonly description: string;
      readonly detailType: string;
      readonly detail: Record<string, unknown>;
      readonly paths: Record<string, string>;
      readonly what: string;
    },
  ): void {
    const { naming, topicArn, runbook } = this.props;
    const message = runbook.describe({ what: event.what, meaning: MEANING, section: SECTION });
    const { name } = new CloudwatchEventRule(this, id, {
      name: naming.rule(`schema-${id}`),
      description: event.description,
      eventPattern: JSON.stringify({
        source: ['aws.glue'],
        'detail-type': [event.detailType],
        detail: event.detail,
      }),
    });
    new CloudwatchEventTarget(this, `${id}-target`, {
      rule: name,
      arn: topicArn,
      inputTransformer: { inputPaths: event.paths, inputTemplate: JSON.stringify(message) },
    });
  }

  private alarmOnLog(): void {
    const { naming, crawlerLogGroup } = this.props;
    const unlikeProgress = PROGRESS.map((word) => `word != ${word}`).join(' && ');
    new CloudwatchLogMetricFilter(this, 'findings', {
      name: naming.resource('crawler-findings'),
      logGroupName: crawlerLogGroup,
      // A line is `[<run>] <level> : <words>`; those of level BENCHMARK tell the time.
      pattern: `[run, level != BENCHMARK, colon, ${unlikeProgress}, ...]`,
      metricTransformation: { namespace: naming.metricNamespace, name: METRIC, value: '1' },
    });
    createAlarm(this, 'alarm', this.props, {
      name: naming.resource('schema-change'),
      what: `A crawler found raw files that are not as they were: see the streams of log group ${crawlerLogGroup}`,
      meaning: MEANING,
      section: SECTION,
      of: { namespace: naming.metricNamespace, metricName: METRIC, dimensions: {}, statistic: 'Sum' },
      periodSeconds: PERIOD_SECONDS,
      comparison: 'atLeast',
      threshold: 1,
      pages: true,
    });
  }
}
