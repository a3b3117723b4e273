import { GlueDataQualityRuleset } from '@cdktf/provider-aws/lib/glue-data-quality-ruleset';
import { Construct } from 'constructs';
import type { DataSet } from '../contract/data-set';
import type { Naming } from '../naming';

export interface QualityRulesetProps {
  readonly naming: Naming;
  readonly dataset: DataSet;
  /** Name of the database that holds the processed tables. */
  readonly database: string;
}

/**
 * The contract's rules as a rule set of Glue Data Quality, for people to see and to run. The job `validate` has them
 * from the contract. It belongs to a table that the first run makes: Glue asks for the table when the rules are run.
 */
export class QualityRuleset extends Construct {
  constructor(scope: Construct, id: string, { naming, dataset, database }: QualityRulesetProps) {
    super(scope, id);
    const rules = dataset.rules.map(({ dqdl }) => `  ${dqdl}`).join(',\n');
    new GlueDataQualityRuleset(this, 'ruleset', {
      name: naming.resource(dataset.name),
      description: `Quality rules of ${dataset.name}, version ${dataset.version} of its contract`,
      ruleset: `Rules = [\n${rules}\n]`,
      targetTable: { databaseName: database, tableName: dataset.name },
      tags: { Dataset: dataset.name },
    });
  }
}
