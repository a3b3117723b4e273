import { Definition, Store } from './store';
import { Actions, GlueError, now, page } from './wire';

/** How the Glue API treats one kind of thing that it holds definitions of. */
interface Kind {
  noun: string;
  plural: string;
  arnType: string;
  /** Field of a request that names the thing. */
  key: string;
  /** Field of an update that holds the new definition. @default the request itself holds it */
  updateField?: string;
  /** Fields of the responses to List… and BatchGet…. */
  listField: string;
  missingField: string;
  /** What the service adds to a new definition. */
  created: (request: Definition) => Definition;
  /** What it adds to a changed one. */
  updated: (request: Definition) => Definition;
}

const stamps = () => ({ CreatedOn: now(), LastModifiedOn: now() });
const stamp = () => ({ LastModifiedOn: now() });
const DPU_PER_WORKER: Record<string, number> = { 'G.025X': 0.25, 'G.1X': 1, 'G.2X': 2, 'G.4X': 4, 'G.8X': 8 };

function jobDefaults(job: Definition): Definition {
  const capacity = Number(job.NumberOfWorkers ?? 0) * (DPU_PER_WORKER[String(job.WorkerType)] ?? 1);
  return {
    MaxRetries: 0,
    Timeout: Number(job.GlueVersion ?? 0) >= 5 ? 480 : 2880,
    ExecutionProperty: { MaxConcurrentRuns: 1 },
    ExecutionClass: 'STANDARD',
    JobMode: 'SCRIPT',
    ...(capacity > 0 && { MaxCapacity: capacity, AllocatedCapacity: Math.ceil(capacity) }),
  };
}

/** A crawler's schedule is put as an expression and got with its state. */
function crawlerSchedule({ Schedule }: Definition): Definition {
  return Schedule ? { Schedule: { ScheduleExpression: Schedule, State: 'SCHEDULED' } } : {};
}

const KINDS: Kind[] = [
  {
    ...{ noun: 'Job', plural: 'Jobs', arnType: 'job', key: 'JobName', updateField: 'JobUpdate' },
    ...{ listField: 'JobNames', missingField: 'JobsNotFound' },
    created: (request) => ({ ...jobDefaults(request), ...request, ...stamps() }),
    updated: (request) => ({ ...jobDefaults(request), ...request, ...stamp() }),
  },
  {
    ...{ noun: 'Trigger', plural: 'Triggers', arnType: 'trigger', key: 'Name', updateField: 'TriggerUpdate' },
    ...{ listField: 'TriggerNames', missingField: 'TriggersNotFound' },
    created: ({ StartOnCreation, ...request }) => ({ ...request, State: StartOnCreation ? 'ACTIVATED' : 'CREATED' }),
    updated: (request) => request,
  },
  {
    ...{ noun: 'Workflow', plural: 'Workflows', arnType: 'workflow', key: 'Name' },
    ...{ listField: 'Workflows', missingField: 'MissingWorkflows' },
    created: (request) => ({ ...request, ...stamps() }),
    updated: (request) => ({ ...request, ...stamp() }),
  },
  {
    ...{ noun: 'Crawler', plural: 'Crawlers', arnType: 'crawler', key: 'Name' },
    ...{ listField: 'CrawlerNames', missingField: 'CrawlersNotFound' },
    created: (request) => ({
      ...{ State: 'READY', Version: 1, CreationTime: now(), LastUpdated: now() },
      ...request,
      ...crawlerSchedule(request),
    }),
    updated: (request) => ({ ...request, ...crawlerSchedule(request), LastUpdated: now() }),
  },
  {
    ...{ noun: 'DataQualityRuleset', plural: 'Rulesets', arnType: 'dataQualityRuleset', key: 'Name' },
    ...{ listField: 'Rulesets', missingField: 'RulesetsNotFound' },
    created: (request) => ({ ...request, ...stamps() }),
    updated: (request) => ({ ...request, ...stamp() }),
  },
];

/** What is held by the emulator, and named by `Name` in its calls. */
const HELD_ELSEWHERE = [
  { noun: 'Database', arnType: 'database', key: 'Name' },
  { noun: 'Connection', arnType: 'connection', key: 'Name' },
];

/** Definitions of jobs, triggers, workflows, crawlers and rule sets, with every field that was put in, and their tags. */
export class Definitions {
  constructor(
    private readonly store: Store,
    private readonly arnPrefix: string,
  ) {}

  /** @throws GlueError EntityNotFoundException */
  get(noun: string, name: string): Definition {
    const definition = this.all(noun)[name];
    if (!definition) throw new GlueError('EntityNotFoundException', `${noun} ${name} not found.`);
    return definition;
  }

  list(noun: string): Definition[] {
    return Object.values(this.all(noun));
  }

  /** ARNs of what a request is about, by the kind that the action is named after; none where it names nothing. */
  resourceArns(action: string, request: Definition): string[] {
    const kind = [...KINDS, ...HELD_ELSEWHERE].find(({ noun }) => action.includes(noun));
    if (typeof request.ResourceArn === 'string') return [request.ResourceArn];
    const names = [request[kind?.key ?? ''] ?? request.Name ?? request.Names ?? []].flat() as string[];
    return kind ? names.map((name) => `${this.arnPrefix}:${kind.arnType}/${name}`) : [];
  }

  /** True if an ARN is of a kind that is held here. */
  holds(arn: unknown): boolean {
    return KINDS.some(({ arnType }) => String(arn).startsWith(`${this.arnPrefix}:${arnType}/`));
  }

  actions(): Actions {
    const tags = this.store.state.tags;
    return {
      ...Object.assign({}, ...KINDS.map((kind) => this.actionsOf(kind))),
      GetTags: ({ ResourceArn }: { ResourceArn: string }) => ({ Tags: tags[ResourceArn] ?? {} }),
      TagResource: ({ ResourceArn, TagsToAdd }: { ResourceArn: string; TagsToAdd: Record<string, string> }) => {
        tags[ResourceArn] = { ...tags[ResourceArn], ...TagsToAdd };
        return {};
      },
      UntagResource: ({ ResourceArn, TagsToRemove }: { ResourceArn: string; TagsToRemove: string[] }) => {
        for (const key of TagsToRemove) delete tags[ResourceArn]?.[key];
        return {};
      },
    };
  }

  private actionsOf(kind: Kind): Actions {
    const { noun, plural, key } = kind;
    const named = (request: Definition) => String(request[key]);
    const shown = (name: string) => this.shown(kind, this.get(noun, name));
    return {
      [`Create${noun}`]: (request: Definition) => this.create(kind, request),
      [`Get${noun}`]: (request: Definition) => shown(named(request)),
      [`Update${noun}`]: (request: Definition) => this.update(kind, named(request), request),
      [`Delete${noun}`]: (request: Definition) => this.delete(kind, named(request)),
      [`Get${plural}`]: (request: Definition) => page(plural, this.list(noun), request),
      [`List${noun === 'DataQualityRuleset' ? 'DataQualityRulesets' : plural}`]: (request: Definition) => {
        const entries = noun === 'DataQualityRuleset' ? this.list(noun) : Object.keys(this.all(noun));
        return page(kind.listField, entries as unknown[], request);
      },
      [`BatchGet${plural}`]: (request: Record<string, string[]>) => {
        const names = request[kind.listField] ?? request.Names ?? [];
        const found = names.filter((name) => this.all(noun)[name]);
        return {
          [plural]: found.map((name) => this.get(noun, name)),
          [kind.missingField]: names.filter((name) => !found.includes(name)),
        };
      },
    };
  }

  private create(kind: Kind, { Tags, ...request }: Definition) {
    const name = request.Name;
    if (typeof name !== 'string' || !name) throw new GlueError('InvalidInputException', 'Name is required.');
    if (this.all(kind.noun)[name])
      throw new GlueError('AlreadyExistsException', `${kind.noun} ${name} already exists.`);
    this.all(kind.noun)[name] = kind.created(request);
    if (Tags) this.store.state.tags[this.arn(kind, name)] = Tags as Record<string, string>;
    return { Name: name };
  }

  /** An update of a job replaces its definition, as in AWS; the others change only what they name. */
  private update(kind: Kind, name: string, request: Definition) {
    const old = this.get(kind.noun, name);
    const change = kind.updated((kind.updateField ? request[kind.updateField] : request) as Definition);
    const kept = kind.noun === 'Job' ? { CreatedOn: old.CreatedOn } : old;
    this.all(kind.noun)[name] = { ...kept, ...change, Name: name };
    return { [kind.key]: name, ...this.shown(kind, this.get(kind.noun, name)) };
  }

  private delete(kind: Kind, name: string) {
    // Only these two complain of what is not there.
    if (['Crawler', 'DataQualityRuleset'].includes(kind.noun)) this.get(kind.noun, name);
    delete this.all(kind.noun)[name];
    delete this.store.state.tags[this.arn(kind, name)];
    return { [kind.key]: name };
  }

  private shown(kind: Kind, definition: Definition): Definition {
    return kind.noun === 'DataQualityRuleset' ? definition : { [kind.noun]: definition };
  }

  private all(noun: string): Record<string, Definition> {
    return (this.store.state.definitions[noun] ??= {});
  }

  private arn({ arnType }: Kind, name: string): string {
    return `${this.arnPrefix}:${arnType}/${name}`;
  }
}
