import { CloudwatchQueryDefinition } from '@cdktf/provider-aws/lib/cloudwatch-query-definition';
import { Construct } from 'constructs';
import type { Naming } from '../naming';

export interface SavedQueriesProps {
  readonly naming: Naming;
}

/**
 * What operators ask of the journals, in the language of CloudWatch Logs Insights, which reads the fields of a line of JSON
 * by their names. A field that events lack is empty.
 */
export const QUERIES: Readonly<Record<string, string>> = {
  'last error of each job': `
    filter event in ["run-failed", "batch-failed"]
    | stats latest(error) as last_error, latest(batch) as last_batch, latest(time) as at, count(*) as errors by dataset, stage
    | sort at desc`,
  'slowest stages': `
    filter event in ["run-started", "run-succeeded", "run-failed"]
    | stats (max(@timestamp) - min(@timestamp)) / 1000 as seconds, max(time) as ended by dataset, stage, job_run_id
    | sort seconds desc
    | limit 50`,
  'rows by batch': `
    filter event = "batch-committed" and stage = "process"
    | fields time, dataset, batch, counts.read, counts.good, counts.quarantined, counts.duplicates
    | sort time desc`,
  'why rows are in quarantine': `
    filter event = "rows-quarantined"
    | stats sum(rows) as rejected, latest(batch) as last_batch by dataset, reason
    | sort rejected desc`,
  'rules that failed': `
    filter event = "rule-failed"
    | stats count(*) as batches, latest(time) as at, latest(reason) as why by dataset, severity, rule
    | sort at desc`,
  'files that were left out': `
    filter event in ["files-unreadable", "files-empty", "source-gone", "source-changed", "message-not-understood"]
    | fields time, dataset, stage, event, batch, key, reason
    | sort time desc`,
};

/** Keeps these queries where the console of CloudWatch Logs Insights offers them, each over the journals. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { naming }: SavedQueriesProps) {
    super(scope, id);
    for (const [question, query] of Object.entries(QUERIES)) {
      new CloudwatchQueryDefinition(this, question.replaceAll(' ', '-'), {
        name: `${naming.prefix}/${question}`,
        logGroupNames: [naming.glueLogGroup],
        queryString: query.trim().replace(/\n +/g, '\n'),
      });
    }
  }
}
