import { BudgetsBudget } from '@cdktf/provider-aws/lib/budgets-budget';
import { CeCostAllocationTag } from '@cdktf/provider-aws/lib/ce-cost-allocation-tag';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { Naming } from '../naming';

export interface CostProps {
  readonly naming: Naming;
  readonly config: Pick<Environment, 'account' | 'alertEmails' | 'budget'>;
}

/** Tags that costs are split by: those of every resource, and that of a data set's. */
export const COST_TAGS = ['Project', 'Environment', 'Owner', 'CostCentre', 'Dataset'] as const;

/** Percentages of the budget from which on it writes: of what was spent, and of what the month will have cost. */
const ALERTS = [
  { notificationType: 'ACTUAL', threshold: 80 },
  { notificationType: 'ACTUAL', threshold: 100 },
  { notificationType: 'FORECASTED', threshold: 100 },
];

/** Tells what the environment costs before the bill does. */
export class Cost extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: CostProps,
  ) {
    super(scope, id);
    this.createBudget();
    if (props.config.account.costAllocationTags) {
      for (const tagKey of COST_TAGS) new CeCostAllocationTag(this, tagKey, { tagKey, status: 'Active' });
    }
  }

  /**
   * Alerts go to addresses and not to the alerts topic: money is not a reason to wake an operator, and nothing more may
   * then publish to the topic or use its key. AWS knows what carries a tag once it is active for cost allocation.
   */
  private createBudget(): void {
    const { naming, config } = this.props;
    new BudgetsBudget(this, 'budget', {
      name: naming.resource('monthly'),
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      limitAmount: String(config.budget.monthlyUsd),
      limitUnit: 'USD',
      costFilter: [{ name: 'TagKeyValue', values: [`user:Environment$${naming.environment}`] }],
      ...(config.alertEmails.length > 0 && {
        notification: ALERTS.map((alert) => ({
          ...alert,
          comparisonOperator: 'GREATER_THAN',
          thresholdType: 'PERCENTAGE',
          subscriberEmailAddresses: config.alertEmails,
        })),
      }),
    });
  }
}
